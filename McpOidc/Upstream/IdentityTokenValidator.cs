using System.Security.Claims;
using Duende.IdentityModel.OidcClient;
using Duende.IdentityModel.OidcClient.Results;
using McpOidc.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using JsonWebKeySet = Microsoft.IdentityModel.Tokens.JsonWebKeySet;

namespace McpOidc.Upstream;

/// <summary>
/// Validates an id_token (OpenID Connect Core §3.1.3.7): signature, algorithm, issuer, audience, authorized party, times. Without it
/// OidcClient would accept any.
/// </summary>
internal sealed class IdentityTokenValidator(ProviderMetadata metadata, TimeProvider clock) : IIdentityTokenValidator
{
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromSeconds(60);

    public async Task<IdentityTokenValidationResult> ValidateAsync(string identityToken, OidcClientOptions options, CancellationToken cancellationToken = default)
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

        var token = (JsonWebToken)result.SecurityToken;
        return token.Audiences.Count() > 1 && token.GetPayloadValueOrNull("azp") != options.ClientId
            ? new IdentityTokenValidationResult { Error = "id_token refused: azp" }
            : new IdentityTokenValidationResult { User = new ClaimsPrincipal(result.ClaimsIdentity), SignatureAlgorithm = token.Alg };
    }

    private Task<TokenValidationResult> ValidateAsync(string identityToken, OidcClientOptions options, ProviderInformation provider)
        => new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(identityToken, new TokenValidationParameters
        {
            ValidIssuer = provider.IssuerName,
            ValidAudience = options.ClientId,
            ValidAlgorithms = AsymmetricAlgorithms.All,
            IssuerSigningKeys = new JsonWebKeySet(provider.KeySet.RawData).GetSigningKeys(),
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) => expires > clock.GetUtcNow().UtcDateTime - s_clockSkew
                && (notBefore is null || notBefore <= clock.GetUtcNow().UtcDateTime + s_clockSkew),
        });
}
