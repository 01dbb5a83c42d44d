using System.Text;
using McpOidc.ErrorResponses;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Serves the authorization server's metadata on the MCP origin, unchanged. Clients of 2025-03-26 do not know protected resource metadata
/// and look for the authorization server here.
/// </summary>
internal sealed class AuthorizationServerMetadataProxy(AuthorityMetadata authority)
{
    public async Task<IResult> ServeAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        return await authority.GetDocumentAsync(cancellationToken) is { } document
            ? PublicDocument.Serve(response, Encoding.UTF8.GetBytes(document.ToJsonString()))
            : OAuthError.TemporarilyUnavailable();
    }
}
