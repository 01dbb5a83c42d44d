using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Guards the path of a resource whatever is sent to it. Routing answers a method or content type that no endpoint takes before anything
/// asks for a token, and clients such as mcp-remote and Codex begin with a bare GET and need the challenge.
/// </summary>
internal sealed class UnmatchedRequestMiddleware(RequestDelegate next, ProtectedResources resources)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is null && resources.At(context.Request) is not null
            ? GuardAsync(context)
            : next(context);

    private async Task GuardAsync(HttpContext context)
    {
        if ((await context.AuthenticateAsync(McpOidcAuthentication.Scheme)).Succeeded)
        {
            await next(context);
            return;
        }

        await context.ChallengeAsync(McpOidcAuthentication.Scheme);
    }
}
