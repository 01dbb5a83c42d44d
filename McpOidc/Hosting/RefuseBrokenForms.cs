using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Reads the forms of our endpoints before anybody relies on them: one that cannot be read is the sender's mistake, not a fault.</summary>
internal sealed class RefuseBrokenForms(RequestDelegate next)
{
    private static readonly string[] s_paths = [EndpointPaths.Authorize, EndpointPaths.PushedAuthorization, EndpointPaths.Token, EndpointPaths.LegacyRevocation, EndpointPaths.UserInfo, "/oauth", "/session"];

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.HasFormContentType && s_paths.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal))
            && !await CanBeReadAsync(context))
        {
            await new OAuthError(StatusCodes.Status400BadRequest, "invalid_request", "The body is no form in application/x-www-form-urlencoded, or one with too many or too long fields.").ExecuteAsync(context);
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
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
