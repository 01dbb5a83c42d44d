using System.Text.Json.Nodes;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>
/// Claude on the web, on phones and on the desktop. It prefers its metadata document if the server metadata offers documents and
/// <c>none</c> (https://claude.com/docs/connectors/building/authentication; brendanlong/lion-reader#1519), as of 2026-09-29 in public
/// repositories; otherwise it registers: anthropics/claude-code#5826 (comment of 2025-11-22), twentyhq/twenty#19858.
/// </summary>
/// <remarks>
/// Callbacks: those of claude.ai and claude.com are documented; a private-use scheme was observed (anthropics/claude-code#93671). Order of
/// metadata requests: EUREKACOMPUTER/hanare.ai#24. It requests the scopes of the challenge (claude-ai-mcp#840) and offline access, with a
/// leading space if there are no other scopes (claude-ai-mcp#453), with <c>prompt=consent</c> (claude-ai-mcp#104) and the resource. It
/// refreshes from two addresses (claude-code#85236).
/// </remarks>
public sealed record ClaudeClient(string Callback = ClaudeClient.Hosted, bool HasDocument = false, string? Scope = ClaudeClient.AllScopes)
    : SimulatedClient
{
    public const string Hosted = "https://claude.ai/api/mcp/auth_callback";
    private const string AllScopes = "openid email profile offline_access";

    public override string RedirectUri => Callback;

    public override JsonObject Metadata => HasDocument ? Document : Registration;

    public override (string Name, string? Value)[] Authorization => [("scope", Scope), ("prompt", "consent")];

    private static JsonObject Document =>
        new()
        {
            ["client_id"] = "https://claude.ai/oauth/mcp-oauth-client-metadata",
            ["client_name"] = "Claude",
            ["client_uri"] = "https://claude.ai",
            ["redirect_uris"] = Array(Hosted),
            ["grant_types"] = Array("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ["response_types"] = Array("code"),
            ["token_endpoint_auth_method"] = "none",
        };

    private JsonObject Registration =>
        new()
        {
            ["client_name"] = "Claude",
            ["redirect_uris"] = Array(RedirectUri),
            ["token_endpoint_auth_method"] = "client_secret_post",
            ["grant_types"] = Array("authorization_code", "refresh_token"),
            ["response_types"] = Array("code"),
            ["scope"] = AllScopes,
        };
}
