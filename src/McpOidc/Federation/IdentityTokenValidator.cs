using System.Security.Claims;
using Duende.IdentityModel.OidcClient;
using Duende.IdentityModel.OidcClient.Results;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using JsonWebKeySet = Microsoft.IdentityModel.Tokens.JsonWebKeySet;

namespace McpOidc.Federation;

/// <summary>
/// Validates an id_token (OpenID Connect Core §3.1.3.7): signature, algorithm, issuer, audience, authorized party, times. Without it
/// OidcClient would accept any.
/// </summary>
internal sealed class IdentityTokenValidator(ProviderMetadata metadata, IdentityProviderOptions upstream, TimeProvider clock)
    : IIdentityTokenValidator
{
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromSeconds(60);

    public async Task<IdentityTokenValidationResult> ValidateAsync(
        string identityToken,
        OidcClientOptions options,
        CancellationToken cancellationToken = default
    )
    {
        var result = await ValidateAsync(identityToken, options, options.ProviderInformation);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException)
        {
            result = await ValidateAsync(identityToken, options, await metadata.RefreshAsync(cancellationToken));
        }

        if (!result.IsValid)
        {
            return new IdentityTokenValidationResult { Error = $"id_token refused: {result.Exception?.GetType().Name}" };
        }

        // OidcClient throws for a moment that no calendar has; AuthenticationTime reads it from the token.
        result.ClaimsIdentity.TryRemoveClaim(result.ClaimsIdentity.FindFirst("auth_time"));
        var token = (JsonWebToken)result.SecurityToken;
        return token.Audiences.Count() > 1 && token.GetPayloadValueOrNull("azp") != options.ClientId
            ? new IdentityTokenValidationResult { Error = "id_token refused: azp" }
            : new IdentityTokenValidationResult { User = new ClaimsPrincipal(result.ClaimsIdentity), SignatureAlgorithm = token.Alg };
    }

    private Task<TokenValidationResult> ValidateAsync(string identityToken, OidcClientOptions options, ProviderInformation provider) =>
        new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(
            identityToken,
            new TokenValidationParameters
            {
                IssuerValidator = (issuer, token, _) =>
                    IsIssuer(issuer, provider.IssuerName, (JsonWebToken)token)
                        ? issuer
                        : throw new SecurityTokenInvalidIssuerException("Another issuer."),
                ValidAudience = options.ClientId,
                ValidAlgorithms = AsymmetricAlgorithms.All,
                IssuerSigningKeys = new JsonWebKeySet(provider.KeySet.RawData).GetSigningKeys(),
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                LifetimeValidator = (notBefore, expires, _, _) =>
                    expires > clock.GetUtcNow().UtcDateTime - s_clockSkew
                    && (notBefore is null || notBefore <= clock.GetUtcNow().UtcDateTime + s_clockSkew),
            }
        );

    // Where one issuer stands for many tenants, the token names its own, which has to be the one that the template gives for its tid.
    private bool IsIssuer(string issuer, string published, JsonWebToken token)
    {
        if (!upstream.IsMultiTenant)
        {
            return issuer == published;
        }

        return token.GetPayloadValueOrNull("tid") is { Length: > 0 } tenant
            && issuer == published.Replace("{tenantid}", tenant, StringComparison.Ordinal)
            && (upstream.Tenants.Count == 0 || upstream.Tenants.Contains(tenant, StringComparer.OrdinalIgnoreCase));
    }
}
