using System.Text.Json.Nodes;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>
/// Claude on the web. Registration and callback: anthropics/claude-code#5826 (comment of 2025-11-22), twentyhq/twenty#19858. Order of the
/// metadata: EUREKACOMPUTER/hanare.ai#24. It asks for consent and offline access, and refreshes from two addresses (claude-code#85236).
/// </summary>
public sealed record ClaudeClient : SimulatedClient
{
    public override string RedirectUri => "https://claude.ai/api/mcp/auth_callback";

    public override JsonObject Registration =>
        new()
        {
            ["client_name"] = "Claude",
            ["redirect_uris"] = Array(RedirectUri),
            ["token_endpoint_auth_method"] = "client_secret_post",
            ["grant_types"] = Array("authorization_code", "refresh_token"),
            ["response_types"] = Array("code"),
            ["scope"] = "openid email profile offline_access",
        };

    public override (string Name, string? Value)[] Authorization =>
        [("scope", "openid email profile offline_access"), ("prompt", "consent")];
}
