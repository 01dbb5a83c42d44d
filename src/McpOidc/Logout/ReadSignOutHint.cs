using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Logout;

/// <summary>
/// Determines whose sign-out an id_token requests: the client is its <c>aud</c> if the request names none, as with most relying parties
/// (OpenID Connect RP-Initiated Logout §2). An id_token that cannot be verified, because it is forged or its key no longer exists, is
/// ignored together with the redirect URI: the user is asked, as without one.
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
                    // The id_token may be old when a user signs out (§2).
                    ValidateLifetime = false,
                    ValidateAudience = false,
                }
            )
        ).IsValid;
}
