using System.Text.Json.Nodes;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>
/// VS Code. It has four callbacks, and uses a different loopback port than the registered one if that is taken: microsoft/vscode#278512. It
/// also requests the device grant if the metadata does not list the supported grants, and reads metadata with the path in every position.
/// </summary>
public sealed record VsCodeClient(string Callback) : SimulatedClient
{
    public override string RedirectUri => Callback;

    public override string[] Probes =>
        [
            "{mcp}/.well-known/oauth-protected-resource/mcp",
            "{mcp}/.well-known/oauth-protected-resource",
            "{issuer}/.well-known/oauth-authorization-server",
            "{issuer}/.well-known/openid-configuration",
        ];

    public override JsonObject Metadata =>
        new()
        {
            ["client_name"] = "Visual Studio Code",
            ["client_uri"] = "https://code.visualstudio.com",
            ["application_type"] = "native",
            ["redirect_uris"] = Array(
                "https://insiders.vscode.dev/redirect",
                "https://vscode.dev/redirect",
                "http://127.0.0.1/",
                "http://127.0.0.1:33418/"
            ),
            ["token_endpoint_auth_method"] = "none",
            ["grant_types"] = Array("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"),
            ["response_types"] = Array("code"),
            ["scope"] = "openid profile email",
        };

    public override (string Name, string? Value)[] Authorization => [("scope", "openid profile email"), ("prompt", "select_account")];
}
