using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Reads the forms of our endpoints before anybody relies on them: one that cannot be read is the sender's mistake, not a
/// fault.</summary>
internal sealed class BrokenFormMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (
            context.Request.HasFormContentType
            && context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { TakesForms: true }
            && !await CanBeReadAsync(context)
        )
        {
            await new OAuthError(
                StatusCodes.Status400BadRequest,
                "invalid_request",
                "The body is no form in application/x-www-form-urlencoded, or one with too many or too long fields."
            ).ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private static async Task<bool> CanBeReadAsync(HttpContext context)
    {
        // OAuth knows one encoding of forms (RFC 6749 appendix B).
        if (context.Request.ContentType!.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            await context.Request.ReadFormAsync(context.RequestAborted);
            return true;
        }
        // The second for a charset that ASP.NET Core does not read, such as utf-7.
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException)
        {
            return false;
        }
    }
}
