using System.Text.Json.Nodes;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>
/// ChatGPT. A callback for each connector: BasedHardware/omi#8824, kunickiaj/codemem#1286; the older one for all is
/// <c>https://chatgpt.com/connector_platform_oauth_redirect</c>. A public client that asks for offline access
/// (danielealbano/android-remote-control-mcp#166).
/// </summary>
public sealed record ChatGptClient(string Callback) : SimulatedClient
{
    public override string RedirectUri => Callback;

    public override string[] Probes => [.. base.Probes, "{issuer}/.well-known/openid-configuration"];

    public override JsonObject Registration =>
        new()
        {
            ["client_name"] = "ChatGPT",
            ["redirect_uris"] = Array(RedirectUri),
            ["token_endpoint_auth_method"] = "none",
            ["grant_types"] = Array("authorization_code", "refresh_token"),
            ["response_types"] = Array("code"),
        };

    public override (string Name, string? Value)[] Authorization => [("scope", "openid email profile offline_access")];
}
