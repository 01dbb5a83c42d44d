using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// A session of the MCP transport (until MCP 2025-11-25) is of one person and one client. The MCP SDK compares the person only, and a
/// person's other clients, which may have been allowed less, are no better than strangers.
/// </summary>
internal sealed class McpSessionMiddleware(RequestDelegate next, SessionOwners owners)
{
    private const string Header = "Mcp-Session-Id";

    public Task InvokeAsync(HttpContext http)
    {
        if (
            http.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is null
            || http.Features.Get<TokenVerdict.Valid>() is not { ClientId: { } clientId } token
        )
        {
            return next(http);
        }

        var owner = new SessionOwners.Owner(token.Subject, clientId);
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
