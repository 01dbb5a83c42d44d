using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpOidc.Protection;

/// <summary>
/// A session of the MCP transport (until MCP 2025-11-25) is of one person and one client. The MCP SDK compares the person only, and a
/// person's other clients, which may have been allowed less, are no better than strangers. A server without sessions takes no notice of the
/// session of another one, of before: the MCP SDK answers it 400, and clients begin anew at 404 only.
/// </summary>
internal sealed class McpSessionMiddleware(RequestDelegate next, SessionOwners owners, EndpointDataSource endpoints)
{
    private const string Header = "Mcp-Session-Id";

    // Where the MCP SDK keeps sessions it lets clients end them. Read when all is mapped.
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
            ? BindAsync(http, new SessionOwners.Owner(token.Subject, clientId))
            : next(http);
    }

    private Task BindAsync(HttpContext http, SessionOwners.Owner owner)
    {
        if (http.Request.Headers[Header].ToString() is { Length: > 0 } session && owners.IsOfAnother(session, owner))
        {
            // One that never was: the answer is the MCP server's own, and the same as for any other that it does not know.
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
