using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Registration.MetadataDocuments;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Logout;

/// <summary>
/// Determines whose sign-out an id_token requests: the client is its <c>aud</c> if the request names none, as with most relying parties
/// (OpenID Connect RP-Initiated Logout §2). An id_token that cannot be verified, because it is forged or its key no longer exists, is
/// ignored together with the redirect URI: the user is asked, as without one. So is the redirect URI of a client that does not exist.
/// </summary>
internal sealed class ReadSignOutHint(IOpenIddictApplicationManager applications, SigningKeyRing ring, Issuer issuer)
    : IOpenIddictServerHandler<ExtractEndSessionRequestContext>
{
    private const int MaximumLength = 16 * 1024;
    private static readonly JsonWebTokenHandler s_handler = new() { MapInboundClaims = false };

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ExtractEndSessionRequestContext>()
            .UseScopedHandler<ReadSignOutHint>()
            // OpenIddict remembers the redirect URI before it validates the request.
            .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<ExtractEndSessionRequestContext>.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ExtractEndSessionRequestContext context)
    {
        if (context.Request is not { } request)
        {
            return;
        }

        var clientId = request.ClientId is { Length: > 0 } stated ? stated : null;
        if (request.IdTokenHint is { Length: > 0 } hint)
        {
            if (CompactJwt.Read(hint, MaximumLength) is { } token && await IsOursAsync(token))
            {
                clientId ??= token.Audiences.ToArray() is [{ Length: > 0 } audience] ? audience : null;
            }
            else
            {
                (request.IdTokenHint, request.PostLogoutRedirectUri, request.State) = (null, null, null);
            }
        }

        if (clientId is not null)
        {
            request.ClientId = await IsKnownAsync(clientId, context.CancellationToken) ? clientId : null;
            if (request.ClientId is null)
            {
                (request.PostLogoutRedirectUri, request.State) = (null, null);
            }
        }
    }

    // A person can sign out even if the client was deleted meanwhile, or the host of its metadata document is down.
    private async Task<bool> IsKnownAsync(string clientId, CancellationToken cancellationToken)
    {
        try
        {
            return await applications.FindByClientIdAsync(clientId, cancellationToken) is not null;
        }
        catch (ClientDocumentException)
        {
            return false;
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
