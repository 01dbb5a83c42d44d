using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpOidc.Protection;

/// <summary>
/// Binds an MCP session (until 2025-11-25) to one user and one client. The MCP SDK compares only the user, but the user's other clients
/// may have fewer rights. A server without MCP sessions ignores session ids of an earlier server: the MCP SDK would answer 400, but
/// clients start a new session only after 404.
/// </summary>
internal sealed class McpSessionMiddleware(RequestDelegate next, SessionOwners owners, EndpointDataSource endpoints)
{
    private const string Header = "Mcp-Session-Id";

    // If the MCP SDK has sessions, it lets clients end them. Read after all endpoints are mapped.
    private readonly Lazy<bool> _keepsSessions = new(() =>
        endpoints.Endpoints.Any(endpoint => McpTransport.Is(endpoint) && McpTransport.Takes(endpoint, HttpMethods.Delete))
    );

    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<McpOidcRequirement>() is null)
        {
            return next(http);
        }

        if (McpTransport.Is(endpoint) && !_keepsSessions.Value)
        {
            http.Request.Headers.Remove(Header);
            return next(http);
        }

        return http.Features.Get<TokenVerdict.Valid>() is { ClientId: { } clientId } token
            // A person's tokens share the name of their client, and may have been allowed less than each other.
            ? BindAsync(http, new SessionOwners.Owner(token.Subject, token.CheckedUntil is null ? clientId : token.GrantId))
            : next(http);
    }

    private Task BindAsync(HttpContext http, SessionOwners.Owner owner)
    {
        if (http.Request.Headers[Header].ToString() is { Length: > 0 } session && owners.IsOfAnother(session, owner))
        {
            // It never existed: the MCP server answers, as for any other unknown session.
            http.Request.Headers[Header] = OpaqueToken.CreateId();
        }

        http.Response.OnStarting(() =>
        {
            if (http.Response is { StatusCode: < 300, Headers: var headers } && headers[Header].ToString() is { Length: > 0 } given)
            {
                owners.Remember(given, owner);
            }

            return Task.CompletedTask;
        });
        return next(http);
    }
}
