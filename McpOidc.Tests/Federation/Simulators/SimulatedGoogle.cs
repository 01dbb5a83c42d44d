using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Google (https://developers.google.com/identity/protocols/oauth2/web-server): <c>access_type=offline</c> in place of a scope; a refresh
/// token at the first consent only, or with <c>prompt=consent</c>; refreshing brings no other; unknown scopes are refused.
/// </summary>
public sealed class SimulatedGoogle : SimulatedProvider
{
    /// <summary>Whether the person allowed this client before, in another installation of it.</summary>
    public bool HasConsented { get; set; }

    public override string ConfiguredIssuer => Origin;

    protected override string[] KnownScopes => ["openid", "email", "profile"];

    protected override bool Rotates => false;

    public override (string RefreshTokens, bool Rotates, string Refusal, bool RefusesUnknownScopes) Facts =>
        base.Facts with
        {
            RefreshTokens = "`access_type=offline`",
        };

    protected override bool GivesRefreshToken(IQueryCollection request)
    {
        var first = !HasConsented;
        HasConsented = true;
        return request["access_type"] == "offline" && (first || request["prompt"] == "consent");
    }
}
