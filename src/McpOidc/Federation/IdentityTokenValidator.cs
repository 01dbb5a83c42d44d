using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>
/// Validates an id_token (OpenID Connect Core §3.1.3.7): signature, algorithm, issuer, audience, authorized party, times, and the hash of
/// the access token that came with it.
/// </summary>
internal sealed class IdentityTokenValidator(ProviderMetadata metadata, IdentityProviderOptions upstream, TimeProvider clock)
{
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromSeconds(60);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public async Task<IdentityTokenVerdict> ValidateAsync(string identityToken, string accessToken, CancellationToken cancellationToken)
    {
        if (ProviderJwt.ReadHeader(identityToken) is not { } header || ProviderJwt.ReadPayload(identityToken) is not { } claims)
        {
            return IdentityTokenVerdict.Refused("id_token_unreadable", "It is not a signed JWT, or has a duplicate claim.");
        }

        // RFC 7515 §4.1.11: an extension that must be understood.
        if (header.ContainsKey("crit"))
        {
            return IdentityTokenVerdict.Refused("id_token_unreadable", "Its header has crit, which names an unknown extension.");
        }

        var algorithm = header.TextOf("alg");
        if (algorithm is null || !AsymmetricAlgorithms.All.Contains(algorithm))
        {
            return IdentityTokenVerdict.Refused(
                "id_token_algorithm",
                $"It is signed with {Named(header["alg"])}{(algorithm is "EdDSA" or "Ed25519" ? ", which .NET 10 cannot verify" : "")}; "
                    + "configure the provider to sign id_tokens for this client with RS256 or ES256."
            );
        }

        var result = await ValidateAsync(identityToken, algorithm, await metadata.RecallAsync(cancellationToken));
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException)
        {
            var document = await metadata.RefreshAsync(isOfOwnRequest: true, cancellationToken);
            result = await ValidateAsync(identityToken, algorithm, document);
        }

        return result.IsValid ? Judge(claims, algorithm, accessToken) : Describe(result.Exception, header);
    }

    /// <summary>The claims of a userinfo response that is a JWT (§5.3.2), or <see langword="null"/>: it need not have an expiry or
    /// audience.</summary>
    public async Task<JsonObject?> ReadUserInfoAsync(string token, CancellationToken cancellationToken)
    {
        if (
            ProviderJwt.ReadHeader(token) is not { } header
            || header.ContainsKey("crit")
            || header.TextOf("alg") is not { } algorithm
            || !AsymmetricAlgorithms.All.Contains(algorithm)
            || ProviderJwt.ReadPayload(token) is not { } claims
        )
        {
            return null;
        }

        var parameters = Signed(algorithm, await metadata.GetAsync(cancellationToken));
        parameters.ValidateIssuer = claims.ContainsKey("iss");
        parameters.ValidateAudience = claims.ContainsKey("aud");
        parameters.RequireExpirationTime = false;
        return (await _handler.ValidateTokenAsync(token, parameters)).IsValid ? claims : null;
    }

    private IdentityTokenVerdict Judge(JsonObject claims, string algorithm, string accessToken) =>
        // azp is a SHOULD (OpenID Connect Core §3.1.3.7), and this server is one of the audiences. A token for several without azp is
        // accepted, because it came from the provider over a connection that we opened.
        claims["aud"] is JsonArray { Count: > 1 }
        && claims.ContainsKey("azp")
        && claims.TextOf("azp") != upstream.ClientId
            ? IdentityTokenVerdict.Refused("id_token_azp", "It has several audiences, and its azp is not this server's client id.")
        : claims.TextOf("at_hash") is { } hash && hash != HashOf(accessToken, algorithm)
            ? IdentityTokenVerdict.Refused("id_token_at_hash", "Its at_hash does not match the access token.")
        : new IdentityTokenVerdict(claims, Problem: null, Cause: null);

    private IdentityTokenVerdict Describe(Exception? exception, JsonObject header) =>
        exception switch
        {
            SecurityTokenInvalidIssuerException => IdentityTokenVerdict.Refused("id_token_issuer", "Its iss is not the provider's issuer."),
            SecurityTokenInvalidAudienceException => IdentityTokenVerdict.Refused("id_token_audience", "Its aud is not the client id."),
            SecurityTokenInvalidLifetimeException times => IdentityTokenVerdict.Refused("id_token_expired", Describe(times)),
            SecurityTokenNoExpirationException => IdentityTokenVerdict.Refused("id_token_expired", "It has no exp."),
            SecurityTokenSignatureKeyNotFoundException => IdentityTokenVerdict.Refused(
                "id_token_key",
                $"Its key (alg {Named(header["alg"])}, kid {Named(header["kid"])}) is not published at the provider's jwks_uri."
            ),
            SecurityTokenInvalidSignatureException => IdentityTokenVerdict.Refused(
                "id_token_signature",
                $"Its signature (alg {Named(header["alg"])}, kid {Named(header["kid"])}) does not match the provider's key."
            ),
            _ => IdentityTokenVerdict.Refused("id_token_invalid", "It is not well formed."),
        };

    private string Describe(SecurityTokenInvalidLifetimeException times)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return times.NotBefore is { } begins && begins > now
                ? $"By this machine's clock it starts in {(begins - now).TotalSeconds:0} seconds: this clock or the provider's is wrong."
            : times.Expires is { } end
                ? $"By this machine's clock it expired {(now - end).TotalSeconds:0} seconds ago: this clock or the provider's is wrong."
            : "It has no exp.";
    }

    // Of untrusted text, only a name is safe to log.
    private static string Named(JsonNode? value) =>
        value?.ToString() is { Length: > 0 and <= 64 } text && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? text
            : "none or an unprintable one";

    // OpenID Connect Core §3.1.3.6: the left half of the hash that the algorithm uses.
    private static string HashOf(string accessToken, string algorithm)
    {
        var bytes = Encoding.ASCII.GetBytes(accessToken);
        var hash = algorithm[2..] switch
        {
            "512" => SHA512.HashData(bytes),
            "384" => SHA384.HashData(bytes),
            _ => SHA256.HashData(bytes),
        };
        return Base64UrlEncoder.Encode(hash[..(hash.Length / 2)]);
    }

    private Task<TokenValidationResult> ValidateAsync(string identityToken, string algorithm, ProviderDocument provider) =>
        _handler.ValidateTokenAsync(identityToken, Signed(algorithm, provider));

    private TokenValidationParameters Signed(string algorithm, ProviderDocument provider) =>
        new()
        {
            IssuerValidator = (issuer, token, _) =>
                IsIssuer(issuer, provider.Issuer, (JsonWebToken)token)
                    ? issuer
                    : throw new SecurityTokenInvalidIssuerException("Another issuer."),
            ValidAudience = upstream.ClientId,
            ValidAlgorithms = AsymmetricAlgorithms.All,
            IssuerSigningKeyResolver = (_, _, keyId, _) => ProviderKeys.Candidates(provider.Keys, keyId, algorithm),
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, parameters) =>
                (expires is null ? !parameters.RequireExpirationTime : expires > clock.GetUtcNow().UtcDateTime - s_clockSkew)
                && (notBefore is null || notBefore <= clock.GetUtcNow().UtcDateTime + s_clockSkew),
        };

    // If one issuer covers many tenants, the token names its own, which must match the template with the token's tid.
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

/// <summary>Whether an id_token is valid.</summary>
/// <param name="Claims">Its claims; <see langword="null"/> if it is invalid.</param>
/// <param name="Problem">Why not, in words for the log.</param>
/// <param name="Cause">The cause, by name.</param>
internal sealed record IdentityTokenVerdict(JsonObject? Claims, string? Problem, IdentityProviderCause? Cause)
{
    public static IdentityTokenVerdict Refused(string cause, string problem) => new(null, problem, new(cause) { Verdict = problem });
}
