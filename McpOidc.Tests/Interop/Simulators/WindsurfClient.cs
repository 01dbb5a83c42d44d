using System.Text.Json.Nodes;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>
/// Windsurf. Desktop agents complete the sign-in with their own private-use scheme: actionhero/keryx#502, trypostit/trypost#336; the path
/// after <c>windsurf://</c> is undocumented, so the test uses an arbitrary one. It sends neither scope nor resource, like 2025-03-26
/// clients.
/// </summary>
public sealed record WindsurfClient : SimulatedClient
{
    public override string RedirectUri => "windsurf://codeium.windsurf/oauth/callback";

    public override string ProtocolVersion => "2025-03-26";

    public override string[] Probes => ["{mcp}/.well-known/oauth-authorization-server"];

    public override JsonObject Metadata =>
        new()
        {
            ["client_name"] = "Windsurf",
            ["redirect_uris"] = Array(RedirectUri),
            ["token_endpoint_auth_method"] = "none",
        };

    public override (string Name, string? Value)[] Authorization => [("scope", null), ("resource", null)];
}
