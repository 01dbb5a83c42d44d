using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Google (https://developers.google.com/identity/protocols/oauth2/web-server): <c>access_type=offline</c> instead of a scope; a refresh
/// token only at the first consent or with <c>prompt=consent</c>; a refresh returns no new one; unknown scopes are refused.
/// </summary>
public sealed class SimulatedGoogle : SimulatedProvider
{
    /// <summary>Whether the user has already allowed this client, in another installation.</summary>
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
