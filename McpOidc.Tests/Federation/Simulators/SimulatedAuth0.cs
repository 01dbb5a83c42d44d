using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Auth0 (https://auth0.com/docs/secure/tokens/refresh-tokens/refresh-token-rotation): the issuer ends with a slash; <c>offline_access</c>,
/// ignored without an <c>audience</c> whose API allows it; rotation with reuse detection; unknown scopes are dropped. A revoked refresh
/// token yields <c>invalid_grant</c> with 403 (https://auth0.com/docs/secure/tokens/refresh-tokens/revoke-refresh-tokens).
/// </summary>
public sealed class SimulatedAuth0 : SimulatedProvider
{
    public override string ConfiguredIssuer => Origin + "/";

    protected override string[] KnownScopes => ["openid", "email", "profile", "offline_access"];

    protected override bool RefusesUnknownScopes => false;

    protected override bool Rotates => true;

    protected override int RefusalStatus => 403;

    protected override bool GivesRefreshToken(IQueryCollection request) =>
        request["scope"].ToString().Split(' ').Contains("offline_access") && request["audience"].ToString().Length > 0;
}
