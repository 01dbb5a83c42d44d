using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Dex 2.45.1 (https://dexidp.io/docs/configuration/tokens/): <c>offline_access</c>, rotation. A refresh token deleted there yields
/// <c>invalid_request</c> with 400, not <c>invalid_grant</c> (server/refreshhandlers.go; run with that version).
/// </summary>
public sealed class SimulatedDex : SimulatedProvider
{
    public override string ConfiguredIssuer => Origin + "/dex";

    protected override string[] KnownScopes => ["openid", "email", "profile", "offline_access"];

    protected override bool Rotates => true;

    protected override JsonObject Refusal =>
        new()
        {
            ["error"] = "invalid_request",
            ["error_description"] = "Refresh token is invalid or has already been claimed by another client.",
        };

    protected override bool GivesRefreshToken(IQueryCollection request) =>
        request["scope"].ToString().Split(' ').Contains("offline_access");
}
