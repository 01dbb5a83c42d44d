using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Serves the auth server's metadata on the MCP origin, unchanged. Clients of 2025-03-26 know no protected resource metadata and look
/// for the authorization server here.
/// </summary>
internal sealed class AuthorizationServerMetadataProxy(AuthorityMetadata authority)
{
    public async Task<IResult> ServeAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        if (await authority.GetDocumentAsync(cancellationToken) is not { } document)
        {
            return OAuthError.TemporarilyUnavailable();
        }

        response.Headers.CacheControl = "public, max-age=300";
        return Results.Text(document.ToJsonString(), "application/json");
    }
}
