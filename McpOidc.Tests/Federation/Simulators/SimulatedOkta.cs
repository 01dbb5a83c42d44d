using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Okta (https://developer.okta.com/docs/guides/refresh-tokens/main/): custom authorization server in the path, <c>offline_access</c>,
/// persistent refresh tokens that a refresh repeats or omits; unknown scopes are refused.
/// </summary>
public sealed class SimulatedOkta : SimulatedProvider
{
    public override string ConfiguredIssuer => Origin + "/oauth2/default";

    protected override string[] KnownScopes => ["openid", "email", "profile", "offline_access"];

    protected override bool Rotates => false;

    protected override JsonObject Refusal =>
        new() { ["error"] = "invalid_grant", ["error_description"] = "The refresh token is invalid or expired." };

    protected override bool GivesRefreshToken(IQueryCollection request) =>
        request["scope"].ToString().Split(' ').Contains("offline_access");
}
