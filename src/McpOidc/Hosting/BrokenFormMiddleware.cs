using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Parses the forms of our endpoints before they are used: an unreadable one is the sender's error, not a fault.</summary>
internal sealed class BrokenFormMiddleware(RequestDelegate next)
{
    // OAuth uses only this form encoding (RFC 6749 appendix B).
    private const string Encoding = "application/x-www-form-urlencoded";

    public async Task InvokeAsync(HttpContext context)
    {
        if (
            IsCalledForm(context.Request)
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

    // OpenIddict looks at the beginning only, and ASP.NET Core then refuses to read the form.
    private static bool IsCalledForm(HttpRequest request) =>
        request.HasFormContentType || request.ContentType?.StartsWith(Encoding, StringComparison.OrdinalIgnoreCase) == true;

    private static async Task<bool> CanBeReadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType || !context.Request.ContentType!.StartsWith(Encoding, StringComparison.OrdinalIgnoreCase))
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
