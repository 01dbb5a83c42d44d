using System.Globalization;
using System.Security.Claims;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DevIdp;

/// <summary>Codes work once, refresh tokens rotate, and reuse of one ends its family.</summary>
internal sealed class RedeemTokens(RefreshFamilies families, Memberships people, DevIdpStatistics statistics, DevIdpFaults faults)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public const string FamilyClaim = "devidp_family";
    public const string GenerationClaim = "devidp_generation";
    public const string CodeClaim = "devidp_code";

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Principal is not { } principal)
        {
            return;
        }

        var family = principal.GetClaim(FamilyClaim)!;
        if (context.Request.IsAuthorizationCodeGrantType())
        {
            statistics.CountCode();
            if (!families.TryRedeemCode(principal.GetClaim(CodeClaim)!))
            {
                families.End(family);
                context.Reject(Errors.InvalidGrant, "The code has already been used.");
            }

            return;
        }

        statistics.CountRefresh();
        // A deliberate delay, set by tests.
        await Task.Delay(faults.RefreshDelay, context.CancellationToken);
        if (faults.TryTakeFailure(out var status, out var error))
        {
            ApplyFaults.Fail(context.Transaction, status);
            context.Reject(error ?? Errors.ServerError, "Requested by the test.");
            return;
        }

        var generation = int.Parse(principal.GetClaim(GenerationClaim)!, CultureInfo.InvariantCulture);
        if (!families.TryAdvance(family, generation))
        {
            statistics.CountReuse();
            context.Reject(Errors.InvalidGrant, "The refresh token has already been used.");
            return;
        }

        if (people.Find(principal.GetClaim(Claims.Subject)) is not { } user)
        {
            context.Reject(Errors.InvalidGrant, "The user is unknown.");
            return;
        }

        context.Principal = principal.Clone().SetClaim(GenerationClaim, (generation + 1).ToString(CultureInfo.InvariantCulture));
        UserClaims.Put((ClaimsIdentity)context.Principal.Identity!, user, principal.GetScopes());
    }
}
