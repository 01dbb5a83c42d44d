using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>
/// Lets browsers in where they belong. The OAuth endpoints for machines answer every origin, without credentials, errors and preflights
/// included; an MCP endpoint answers its own origin and those allowed, and refuses the others (MCP, Streamable HTTP). Pages answer none.
/// </summary>
internal sealed class CrossOriginMiddleware(
    RequestDelegate next,
    IOptions<McpOidcOptions> options,
    IServiceProvider services,
    IHostEnvironment environment
)
{
    // Where somebody tries things out. Elsewhere it is a port on which any program of the person's computer may have a page.
    private const string Inspector = "http://localhost:6274";

    // Told to those that do not ask for them one by one.
    private static readonly string[] s_headers =
    [
        HeaderNames.Authorization,
        HeaderNames.ContentType,
        HeaderNames.Accept,
        "MCP-Protocol-Version",
        "Mcp-Session-Id",
        "Mcp-Method",
        "Mcp-Name",
        "Last-Event-ID",
        "DPoP",
    ];

    private static readonly OAuthError s_refused = new(
        StatusCodes.Status403Forbidden,
        "invalid_request",
        "This origin may not call the MCP endpoint. The operator can allow it by McpOidc:AllowedOrigins."
    );

    private readonly IReadOnlyList<Role> _roles = Roles.Of(services);
    private readonly HashSet<string> _allowed = new(
        environment.IsDevelopment() ? options.Value.AllowedOrigins.Append(Inspector) : options.Value.AllowedOrigins,
        StringComparer.OrdinalIgnoreCase
    );

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { } endpoint)
        {
            // Without an Origin too: a browser gives a script what it kept of a tab.
            return endpoint.IsOpenToOrigins ? AllowAsync(context, "*") : next(context);
        }

        if (context.Request.Headers.Origin is not [{ Length: > 0 } origin, ..])
        {
            return next(context);
        }

        if (_roles.Select(role => role.OriginOf(context)).FirstOrDefault(known => known is not null) is not { } own)
        {
            return next(context);
        }

        if (!_allowed.Contains(origin) && !origin.Equals(own, StringComparison.OrdinalIgnoreCase))
        {
            return s_refused.ExecuteAsync(context);
        }

        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        return AllowAsync(context, origin);
    }

    private Task AllowAsync(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = "WWW-Authenticate, Mcp-Session-Id, Retry-After, Location";
        if (!HttpMethods.IsOptions(context.Request.Method) || !context.Request.Headers.ContainsKey("Access-Control-Request-Method"))
        {
            return next(context);
        }

        // Answered before anything asks for a token: a preflight never carries one.
        headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
        // Whatever is asked for: what a client adds for itself, such as traceparent, gives nobody a right.
        headers.AccessControlAllowHeaders = string.Join(
            ", ",
            s_headers.Union(
                context.Request.Headers.GetCommaSeparatedValues(HeaderNames.AccessControlRequestHeaders),
                StringComparer.OrdinalIgnoreCase
            )
        );
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
