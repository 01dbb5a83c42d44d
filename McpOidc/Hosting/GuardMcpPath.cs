using McpOidc.Configuration;
using McpOidc.Protection;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// The MCP path is guarded whatever is sent to it. Routing answers a method or content type that no endpoint takes before anything asks for
/// a token, and clients such as mcp-remote and Codex begin with a bare GET and need the challenge.
/// </summary>
internal sealed class GuardMcpPath(RequestDelegate next, IOptions<ProtectionOptions> options)
{
    private readonly PathString _path = new Uri(options.Value.Resource).AbsolutePath;

    public Task InvokeAsync(HttpContext context)
        => context.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is not null || !IsMcpPath(context.Request.Path) ? next(context) : GuardAsync(context);

    private async Task GuardAsync(HttpContext context)
    {
        if ((await context.AuthenticateAsync(McpOidcAuthentication.Scheme)).Succeeded)
        {
            await next(context);
            return;
        }

        await context.ChallengeAsync(McpOidcAuthentication.Scheme);
    }

    private bool IsMcpPath(PathString path)
        => _path.Value!.Length > 1 && path.StartsWithSegments(_path.Value.TrimEnd('/'), StringComparison.OrdinalIgnoreCase, out var rest) && (rest.Value is null or "" or "/");
}
