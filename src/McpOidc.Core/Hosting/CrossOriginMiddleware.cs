using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>
/// Applies CORS. The OAuth endpoints for programs allow every origin, without credentials, for errors and preflights too. An MCP endpoint
/// allows its own origin and the configured ones, and rejects others (MCP, Streamable HTTP). Pages allow none.
/// </summary>
internal sealed class CrossOriginMiddleware(
    RequestDelegate next,
    IOptions<McpOidcOptions> options,
    IServiceProvider services,
    IHostEnvironment environment
)
{
    private const string Everyone = "*";

    // The MCP Inspector. Only in Development: elsewhere any local program may serve a page at this port.
    private static readonly string[] s_inspector = ["http://localhost:6274", "http://127.0.0.1:6274", "http://[::1]:6274"];

    // Listed for clients that do not request them individually.
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
        "This origin may not call the MCP endpoint. The operator can allow it with McpOidc:AllowedOrigins."
    );

    private readonly IReadOnlyList<Role> _roles = Roles.Of(services);
    private readonly HashSet<string> _allowed = new(
        environment.IsDevelopment() ? options.Value.AllowedOrigins.Concat(s_inspector) : options.Value.AllowedOrigins,
        StringComparer.OrdinalIgnoreCase
    );

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { } endpoint)
        {
            // Also without an Origin header: a browser may give a script a cached response from a tab.
            return endpoint.IsOpenToOrigins ? AllowAsync(context, Everyone) : next(context);
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

    /// <summary>Lets every origin read the response of an open endpoint whose headers the exception handler has discarded.</summary>
    public static void AllowReading(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { IsOpenToOrigins: true })
        {
            AllowReading(context.Response.Headers, Everyone);
        }
    }

    private static void AllowReading(IHeaderDictionary headers, string origin)
    {
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = "WWW-Authenticate, Mcp-Session-Id, Retry-After, Location";
    }

    private Task AllowAsync(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        AllowReading(headers, origin);
        if (!HttpMethods.IsOptions(context.Request.Method) || !context.Request.Headers.ContainsKey("Access-Control-Request-Method"))
        {
            return next(context);
        }

        // Answered before authentication: a preflight never carries a token.
        headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
        // All requested headers are allowed: those that a client adds, such as traceparent, grant no rights.
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
