using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DevIdp;

/// <summary>The userinfo endpoint.</summary>
internal sealed class TellClaims(Memberships people, DevIdpFaults faults, DevIdpStatistics statistics)
    : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public async ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        if (people.Find(context.AccessTokenPrincipal.GetClaim(Claims.Subject)) is not { } user)
        {
            context.Reject(Errors.InvalidToken, "The user is unknown.");
            return;
        }

        await Task.Delay(faults.UserInfoDelay, context.CancellationToken);
        statistics.CountUserInfo();
        foreach (
            var (name, value) in UserClaims.Of(user, context.AccessTokenPrincipal.GetScopes()).Where(claim => claim.Name != Claims.Subject)
        )
        {
            context.Claims[name] = value;
        }
    }
}
