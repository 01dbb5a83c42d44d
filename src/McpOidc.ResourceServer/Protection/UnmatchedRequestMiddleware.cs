using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Guards the path of a resource for every request. Routing answers unsupported methods and content types before authentication, but
/// clients such as mcp-remote and Codex start with a bare GET and need the challenge.
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
