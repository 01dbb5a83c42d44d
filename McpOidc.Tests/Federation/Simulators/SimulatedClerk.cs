using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Clerk (https://clerk.com/docs/guides/configure/auth-strategies/oauth/how-clerk-implements-oauth): <c>offline_access</c> for a refresh
/// token, one per user and client, which later sign-ins do not return again (toolhive#5047).
/// </summary>
public sealed class SimulatedClerk : SimulatedProvider
{
    private bool _hasGiven;

    public override string ConfiguredIssuer => Origin;

    protected override string[] KnownScopes => ["openid", "email", "profile", "offline_access"];

    protected override bool Rotates => false;

    protected override bool GivesRefreshToken(IQueryCollection request)
    {
        var gives = !_hasGiven && request["scope"].ToString().Split(' ').Contains("offline_access");
        _hasGiven |= gives;
        return gives;
    }
}
