using System.Text.Json.Nodes;
using McpOidc.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Validates logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.6).</summary>
internal sealed class LogoutTokenReader(ProviderMetadata metadata, TimeProvider clock)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromSeconds(60);

    /// <summary>For providers that follow early drafts, without <c>exp</c>; the final specification recommends two minutes.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(2);

    /// <exception cref="IdentityProviderException">It is invalid; the cause says why.</exception>
    public async Task<IdentityProviderLogout> ReadAsync(string logoutToken, string clientId, CancellationToken cancellationToken)
    {
        // RFC 7515 §4.1.11: crit names an extension that must be understood.
        if (ProviderJwt.ReadHeader(logoutToken)?.ContainsKey("crit") != false || ProviderJwt.ReadPayload(logoutToken) is not { } claims)
        {
            throw Refused("unreadable");
        }

        var provider = await metadata.GetAsync(cancellationToken);
        if (claims.TextOf("iss") != provider.Issuer)
        {
            // Anyone may send such a token: it is not worth a look for new keys.
            throw Refused("issuer");
        }

        var result = await ValidateAsync(logoutToken, clientId, provider);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException)
        {
            result = await ValidateAsync(logoutToken, clientId, await metadata.RefreshAsync(isOfOwnRequest: false, cancellationToken));
        }

        return result.IsValid
            ? Read((JsonWebToken)result.SecurityToken, claims)
            : throw Refused(
                result.Exception switch
                {
                    SecurityTokenInvalidAudienceException => "audience",
                    SecurityTokenSignatureKeyNotFoundException => "key",
                    SecurityTokenInvalidSignatureException => "signature",
                    SecurityTokenInvalidAlgorithmException => "algorithm",
                    SecurityTokenInvalidTypeException => "type",
                    _ => "invalid",
                }
            );
    }

    private IdentityProviderLogout Read(JsonWebToken token, JsonObject claims)
    {
        var (subject, session) = (claims.IdentifierOf("sub"), claims.IdentifierOf("sid"));
        var problem =
            string.IsNullOrEmpty(token.Id) ? "jti"
            : subject is null && session is null ? "sub"
            // A token with a nonce is an id_token.
            : claims.ContainsKey("nonce") ? "nonce"
            : claims["events"] is not JsonObject events || !events.ContainsKey(Event) ? "events"
            : null;
        if (problem is not null)
        {
            throw Refused(problem);
        }

        var expiresAt = ExpiryOf(token) + s_clockSkew;
        var issuedAt = new DateTimeOffset(token.IssuedAt, TimeSpan.Zero);
        var now = clock.GetUtcNow();
        return token.IssuedAt == DateTime.MinValue || issuedAt > now + s_clockSkew || expiresAt <= now
            ? throw Refused("expired")
            : new IdentityProviderLogout(token.Issuer, token.Id, expiresAt) { Subject = subject, Session = session };
    }

    private static IdentityProviderException Refused(string problem) =>
        ProviderBoundary.Refused("The logout_token was rejected", $"logout_token_{problem}");

    private static DateTimeOffset ExpiryOf(JsonWebToken token) =>
        new(token.ValidTo != DateTime.MinValue ? token.ValidTo : token.IssuedAt + s_lifetime, TimeSpan.Zero);

    private static Task<TokenValidationResult> ValidateAsync(string token, string clientId, ProviderDocument provider) =>
        new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                // §2.4 recommends logout+jwt; Keycloak and Okta send JWT, others nothing. It is never an access token.
                TypeValidator = (type, _, _) =>
                    type is null or ""
                    || type.Equals("logout+jwt", StringComparison.OrdinalIgnoreCase)
                    || type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
                        ? type ?? ""
                        : throw new SecurityTokenInvalidTypeException("Not a logout token."),
                ValidIssuer = provider.Issuer,
                ValidAudience = clientId,
                ValidAlgorithms = AsymmetricAlgorithms.All,
                IssuerSigningKeyResolver = (_, token, keyId, _) =>
                    ProviderKeys.Candidates(provider.Keys, keyId, (token as JsonWebToken)?.Alg),
                RequireSignedTokens = true,
                // Checked by the reader, which can handle a missing exp.
                ValidateLifetime = false,
            }
        );
}
