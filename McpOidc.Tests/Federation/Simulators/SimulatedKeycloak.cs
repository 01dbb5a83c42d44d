using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Keycloak (https://www.keycloak.org/docs/latest/server_admin/#_offline-access): realm in the path; always a refresh token, which without
/// <c>offline_access</c> dies with the browser session and is then refused with "Session not active"; <c>sid</c> in the id_token. After
/// <i>Sign out</i> of a user who signed in with <c>offline_access</c>, there is no browser session and no logout token is sent; the next
/// refresh is refused (run with Keycloak 26.7.3).
/// </summary>
public sealed class SimulatedKeycloak : SimulatedProvider
{
    public override string ConfiguredIssuer => Origin + "/realms/demo";

    protected override string[] KnownScopes => ["openid", "email", "profile", "offline_access"];

    protected override bool Rotates => true;

    protected override JsonObject Refusal => new() { ["error"] = "invalid_grant", ["error_description"] = "Session not active" };

    protected override bool GivesRefreshToken(IQueryCollection request) => true;

    protected override void AddClaims(JsonObject claims) => claims["sid"] = "keycloak-session";
}
