using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Microsoft Entra ID, v2.0 endpoint (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow,
/// …/id-token-claims-reference): the discovery document of <c>organizations</c> names a template, tokens name their tenant;
/// <c>offline_access</c>; <c>resource</c> is refused (AADSTS9010010); a refresh returns another refresh token while the old one stays valid
/// for a while. For an API of the same registration, a refresh without <c>scope</c> yields AADSTS90009 (open-webui#22359, MSAL.js#5198).
/// </summary>
public sealed class SimulatedEntraId : SimulatedProvider
{
    public string Tenant { get; set; } = "7f0c9a53-0000-4000-8000-000000000001";

    /// <summary>The tenant in <c>iss</c>, for a forged token whose <c>tid</c> names another.</summary>
    public string? IssuingTenant { get; set; }

    public override string ConfiguredIssuer => Origin + "/organizations/v2.0";

    public override string PublishedIssuer => Origin + "/{tenantid}/v2.0";

    public override string TokenIssuer => $"{Origin}/{IssuingTenant ?? Tenant}/v2.0";

    protected override string[] KnownScopes => ["openid", "email", "profile", "offline_access"];

    protected override bool Rotates => true;

    protected override JsonObject Refusal =>
        new()
        {
            ["error"] = "invalid_grant",
            ["error_description"] = "AADSTS50173: The provided grant has expired due to it being revoked.",
            ["error_codes"] = new JsonArray(50173),
            ["suberror"] = "bad_token",
        };

    protected override bool GivesRefreshToken(IQueryCollection request) =>
        request["scope"].ToString().Split(' ').Contains("offline_access");

    protected override JsonObject? RefuseRefresh(IFormCollection form) =>
        form["scope"].ToString().Split(' ').Contains("offline_access")
            ? null
            : new() { ["error"] = "invalid_request", ["error_description"] = "AADSTS90009: Application is requesting a token for itself." };

    protected override string? Refuse(IQueryCollection request) =>
        request.ContainsKey("resource") ? "invalid_target"
        : request["prompt"] == "consent" ? "access_denied"
        : null;

    protected override void AddClaims(JsonObject claims) => claims["tid"] = Tenant;
}
