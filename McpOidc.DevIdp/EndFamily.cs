using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DevIdp;

/// <summary>Revoking a token ends its sign-in.</summary>
internal sealed class EndFamily(RefreshFamilies families) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        if (context.GenericTokenPrincipal.GetClaim(RedeemTokens.FamilyClaim) is { } family)
        {
            families.End(family);
        }

        return default;
    }
}
