using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Protection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Lets browsers in where they belong. The OAuth endpoints for machines answer every origin, without credentials, errors and preflights
/// included; the MCP endpoint answers its own origin and those allowed, and refuses the others (MCP, Streamable HTTP). Pages answer none.
/// </summary>
internal sealed class CrossOrigin(RequestDelegate next, IOptions<McpOidcOptions> options, IOptions<ProtectionOptions> protection)
{
    private const string Inspector = "http://localhost:6274";

    private readonly PathString _mcpPath = Uri.TryCreate(protection.Value.Resource, UriKind.Absolute, out var resource) ? resource.AbsolutePath.TrimEnd('/') : default(PathString);
    private readonly HashSet<string> _allowed = new(options.Value.AllowedOrigins.Append(Inspector).Append(OriginOf(protection.Value.Resource)), StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Headers.Origin is not [{ Length: > 0 } origin, ..])
        {
            return next(context);
        }

        var isOpen = context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { IsOpenToOrigins: true };
        if (!isOpen && IsMcp(context))
        {
            return AnswerMcpAsync(context, origin);
        }

        if (!isOpen)
        {
            return next(context);
        }

        context.Response.Headers.AccessControlAllowOrigin = "*";
        return ContinueAsync(context);
    }

    private Task AnswerMcpAsync(HttpContext context, string origin)
    {
        if (!_allowed.Contains(origin))
        {
            return new OAuthError(StatusCodes.Status403Forbidden, "invalid_request", "This origin may not call the MCP endpoint. The operator can allow it by McpOidc:AllowedOrigins.").ExecuteAsync(context);
        }

        context.Response.Headers.AccessControlAllowOrigin = origin;
        context.Response.Headers.Vary = "Origin";
        return ContinueAsync(context);
    }

    private Task ContinueAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlExposeHeaders = "WWW-Authenticate, Mcp-Session-Id, Retry-After, Location";
        if (!HttpMethods.IsOptions(context.Request.Method) || !context.Request.Headers.ContainsKey("Access-Control-Request-Method"))
        {
            return next(context);
        }

        // Answered before anything asks for a token: a preflight never carries one.
        headers.AccessControlAllowMethods = "GET, POST, PUT, DELETE, OPTIONS";
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, Last-Event-ID, DPoP";
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private bool IsMcp(HttpContext context)
        => context.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is not null
            || (_mcpPath.HasValue && context.Request.Path.StartsWithSegments(_mcpPath, StringComparison.OrdinalIgnoreCase));

    private static string OriginOf(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Authority) : Inspector;
}
