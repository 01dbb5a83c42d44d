using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Logout;

/// <summary>
/// Whose sign-out an id_token asks for: the client is its <c>aud</c> where the request names none, as most relying parties do (OpenID
/// Connect RP-Initiated Logout §2). One that cannot be verified, because somebody else made it or because its key went long ago, is set
/// aside, and with it the address to return to: the person is asked, as where nothing was sent.
/// </summary>
internal sealed class ReadSignOutHint(IOpenIddictApplicationManager applications, SigningKeyRing ring, Issuer issuer)
    : IOpenIddictServerHandler<ValidateEndSessionRequestContext>
{
    private const int MaximumLength = 16 * 1024;
    private static readonly JsonWebTokenHandler s_handler = new() { MapInboundClaims = false };

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateEndSessionRequestContext>()
            .UseScopedHandler<ReadSignOutHint>()
            .SetOrder(OpenIddictServerHandlers.Session.ValidatePostLogoutRedirectUriParameter.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ValidateEndSessionRequestContext context)
    {
        if (context.Request.IdTokenHint is not { Length: > 0 } hint)
        {
            return;
        }

        if (CompactJwt.Read(hint, MaximumLength) is not { } token || !await IsOursAsync(token))
        {
            (context.Request.IdTokenHint, context.Request.PostLogoutRedirectUri, context.Request.State) = (null, null, null);
        }
        else if (
            string.IsNullOrEmpty(context.Request.ClientId)
            && token.Audiences.ToArray() is [{ Length: > 0 } audience]
            && await applications.FindByClientIdAsync(audience, context.CancellationToken) is not null
        )
        {
            context.Request.ClientId = audience;
        }
    }

    private async Task<bool> IsOursAsync(JsonWebToken token) =>
        (
            await s_handler.ValidateTokenAsync(
                token,
                new TokenValidationParameters
                {
                    ValidIssuer = issuer.Value,
                    IssuerSigningKeys = ring.Current.KeysFor(token),
                    ValidAlgorithms = AsymmetricAlgorithms.All,
                    ValidTypes = [KeyRingSnapshot.TypeOfIdentityTokens],
                    // Whoever signs out may have signed in long ago (§2).
                    ValidateLifetime = false,
                    ValidateAudience = false,
                }
            )
        ).IsValid;
}
