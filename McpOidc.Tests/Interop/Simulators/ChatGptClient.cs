using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>
/// ChatGPT. It prefers a metadata document to registration (https://developers.openai.com/plugins/build/auth), and authenticates with
/// <c>private_key_jwt</c> and RS256, with keys at <c>https://chatgpt.com/oauth/jwks.json</c> (engram-app/Engram#1633). It uses one document
/// for all connectors if the metadata says that responses carry <c>iss</c> (django-oauth-toolkit#1845 and #1857, August and September
/// 2026), otherwise one per connector (Altinity/altinity-mcp#118).
/// </summary>
/// <remarks>
/// The callback depends on <c>iss</c> too: <c>connector_platform_oauth_redirect</c> for servers that send it, otherwise one per connector
/// (gitroomhq/postiz-app#2092; BasedHardware/omi#8824). It requests offline access (danielealbano/android-remote-control-mcp#166) and the
/// resource as named in the metadata, and looks for metadata at the origin of the MCP server and below its path
/// (adcontextprotocol/adcp#1081, kernel/kernel-mcp-server#91). The audience of its assertions is undocumented.
/// </remarks>
/// <param name="Connector">The name of its callback; null if it uses the shared one.</param>
/// <param name="HasDocument">Whether it has a metadata document; otherwise it registers.</param>
public sealed record ChatGptClient(string? Connector = null, bool HasDocument = true) : SimulatedClient
{
    private const string Keys = "https://chatgpt.com/oauth/jwks.json";
    private static readonly ClientKey s_key = new("RS256");

    public override string RedirectUri =>
        Connector is null ? "https://chatgpt.com/connector_platform_oauth_redirect" : $"https://chatgpt.com/connector/oauth/{Connector}";

    public override (string Url, ClientKey Key)? KeySet => HasDocument ? (Keys, s_key) : null;

    public override string[] Probes =>
        [
            "{mcp}/.well-known/oauth-protected-resource",
            "{mcp}/.well-known/oauth-authorization-server/mcp",
            .. base.Probes,
            "{issuer}/.well-known/openid-configuration",
        ];

    public override JsonObject Metadata
    {
        get
        {
            var metadata = new JsonObject
            {
                ["client_name"] = "ChatGPT",
                ["client_uri"] = "https://chatgpt.com/",
                ["redirect_uris"] = Array(RedirectUri),
                ["grant_types"] = Array("authorization_code", "refresh_token"),
                ["response_types"] = Array("code"),
                ["token_endpoint_auth_method"] = HasDocument ? "private_key_jwt" : "none",
            };
            if (HasDocument)
            {
                metadata["client_id"] = $"https://chatgpt.com/oauth/{(Connector is null ? "" : Connector + "/")}client.json";
                metadata["jwks_uri"] = Keys;
                metadata["token_endpoint_auth_signing_alg"] = "RS256";
            }

            if (HasDocument && Connector is null)
            {
                metadata["token_endpoint_auth_methods_supported"] = Array("none", "private_key_jwt");
                metadata["logo_uri"] = "https://persistent.oaistatic.com/sonic/misc/openai-logo.png";
            }

            return metadata;
        }
    }

    public override (string Name, string? Value)[] Authorization => [("scope", "openid email profile offline_access")];
}
