using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>
/// Cursor. Three callbacks in one registration: erp-mafia/accounted#2225, soflyy/agent-connector-for-wp#111; as a web application:
/// elie222/inbox-zero#3780; the hosted callback: bytebase/bytebase#20510. It sends no scope, and the resource with a trailing slash (see
/// vscode#259251 for others).
/// </summary>
public sealed record CursorClient(string Callback) : SimulatedClient
{
    public override string RedirectUri => Callback;

    public override string ProtocolVersion => "2025-06-18";

    public override string[] Probes => ["{mcp}/.well-known/oauth-protected-resource", "{mcp}/.well-known/oauth-authorization-server"];

    public override JsonObject Metadata =>
        new()
        {
            ["client_name"] = "Cursor",
            ["application_type"] = "web",
            ["redirect_uris"] = Array(
                "cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
                "http://localhost:8787/callback"
            ),
            ["token_endpoint_auth_method"] = "none",
            ["grant_types"] = Array("authorization_code", "refresh_token"),
            ["response_types"] = Array("code"),
        };

    public override (string Name, string? Value)[] Authorization => [("scope", null)];

    public override string ResourceOf(TestSystem system) => system.Resource + "/";
}
