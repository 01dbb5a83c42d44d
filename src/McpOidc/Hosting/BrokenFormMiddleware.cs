using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Parses the forms of our endpoints before they are used: an unreadable one is the sender's error, not a fault.</summary>
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
                "The body is not an application/x-www-form-urlencoded form, or has too many or too long fields."
            ).ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private static async Task<bool> CanBeReadAsync(HttpContext context)
    {
        // OAuth uses only this form encoding (RFC 6749 appendix B).
        if (context.Request.ContentType!.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            await context.Request.ReadFormAsync(context.RequestAborted);
            return true;
        }
        // The latter for a charset that ASP.NET Core does not support, such as utf-7.
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException)
        {
            return false;
        }
    }
}
