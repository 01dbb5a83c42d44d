using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Telemetry;
using McpOidc.Token;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Protection;

/// <summary>
/// Verifies access tokens (RFC 9068 §4): type, algorithm, signature, issuer, audience, times, and whether the grant is live. A signature
/// is verified once; then the token is cached by its hash until it expires. A personal access token is looked up instead.
/// </summary>
internal sealed class TokenVerifier(
    ISigningKeySource keys,
    LiveSessions sessions,
    PersonalTokenVerifier personalTokens,
    IOptions<ResourceServerOptions> options,
    TimeProvider clock,
    RefusedTimes refused,
    Metrics metrics
) : IDisposable
{
    /// <summary>The maximum length in characters; no token of ours is longer.</summary>
    public const int MaximumTokenLength = 16 * 1024;

    private const string What = "An access token";
    private const string NotOurs = "The token was not issued for this server.";

    private readonly MemoryCache _verified = new(new MemoryCacheOptions { SizeLimit = 50_000 });
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Verifies a token for a resource.</summary>
    public async ValueTask<TokenVerdict> VerifyAsync(
        ReadOnlyMemory<char> token,
        ProtectedResource resource,
        CancellationToken cancellationToken
    )
    {
        var verdict = await JudgeAsync(token, resource, cancellationToken);
        metrics.Verified(
            verdict switch
            {
                TokenVerdict.Valid => true,
                TokenVerdict.Invalid => false,
                _ => null,
            }
        );
        return verdict;
    }

    private async ValueTask<TokenVerdict> JudgeAsync(
        ReadOnlyMemory<char> token,
        ProtectedResource resource,
        CancellationToken cancellationToken
    )
    {
        if (token.Length > MaximumTokenLength)
        {
            return new TokenVerdict.Invalid("The token is too long.");
        }

        if (PersonalAccessToken.MayBe(token.Span))
        {
            var (personal, refused) = await personalTokens.FindAsync(token.ToString(), cancellationToken);
            return personal is null ? refused! : await CheckAsync(personal, resource, cancellationToken);
        }

        var hash = HashOf(token.Span);
        if (
            _verified.Get<TokenVerdict.Valid>(hash) is { } known
            && clock.GetUtcNow() - known.VerifiedAt < options.Value.KeyCacheLifetime
            && await IsStillKnownAsync(known.KeyId, cancellationToken)
        )
        {
            return await CheckAsync(known, resource, cancellationToken);
        }

        var (fresh, refusal) = await VerifySignatureAsync(token.ToString(), cancellationToken);
        if (fresh is null)
        {
            return refusal!;
        }

        // The key store may change: nothing is trusted beyond the lifetime of cached keys.
        _verified.Set(
            hash,
            fresh,
            new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = options.Value.KeyCacheLifetime }
        );
        return await CheckAsync(fresh, resource, cancellationToken);
    }

    private async ValueTask<TokenVerdict> CheckAsync(
        TokenVerdict.Valid verified,
        ProtectedResource resource,
        CancellationToken cancellationToken
    )
    {
        // RFC 8707 §2: a token is valid only for the resources that it names.
        if (!verified.Audiences.Contains(resource.Canonical))
        {
            return new TokenVerdict.Invalid(NotOurs);
        }

        if (verified.ExpiresAt <= clock.GetUtcNow() - options.Value.ClockSkew)
        {
            refused.Late(What, verified.ExpiresAt);
            return new TokenVerdict.Invalid("The token has expired.");
        }

        return await sessions.IsLiveAsync(verified.GrantId, verified.Subject, cancellationToken) switch
        {
            true => verified,
            false => new TokenVerdict.Invalid("The grant of the token has ended."),
            null => new TokenVerdict.Unknown(),
        };
    }

    public void Dispose() => _verified.Dispose();

    private static string HashOf(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = stackalloc byte[2048];
        return Convert.ToBase64String(
            Encoding.UTF8.TryGetBytes(token, bytes, out var length)
                ? SHA256.HashData(bytes[..length])
                : SHA256.HashData(Encoding.UTF8.GetBytes(token.ToArray()))
        );
    }

    // Removing a key invalidates what was verified with it. While the keys are unknown, cached results remain valid.
    private async ValueTask<bool> IsStillKnownAsync(string keyId, CancellationToken cancellationToken)
    {
        if (await keys.GetAsync(unknownKey: false, cancellationToken) is not { } known)
        {
            return true;
        }

        for (var number = 0; number < known.Count; number++)
        {
            if (known[number].KeyId == keyId)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<(TokenVerdict.Valid? Verified, TokenVerdict? Refusal)> VerifySignatureAsync(
        string token,
        CancellationToken cancellationToken
    )
    {
        if (await keys.GetAsync(unknownKey: false, cancellationToken) is not { } known)
        {
            return (null, new TokenVerdict.Unknown());
        }

        var result = await ValidateAsync(token, known);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            // The key may be newer than the cached keys.
            result = await ValidateAsync(token, await keys.GetAsync(unknownKey: true, cancellationToken) ?? known);
        }

        if (!result.IsValid)
        {
            return (
                null,
                new TokenVerdict.Invalid(
                    result.Exception is SecurityTokenInvalidLifetimeException ? "The token is not valid yet, or has no end." : NotOurs
                )
            );
        }

        var user = result.ClaimsIdentity;
        return user.FindFirst("sid")?.Value is { Length: > 0 } grantId && user.FindFirst("sub")?.Value is { Length: > 0 } subject
            ? (
                new TokenVerdict.Valid(result.ClaimsIdentity, grantId, subject)
                {
                    KeyId = result.SecurityToken.SigningKey.KeyId,
                    VerifiedAt = clock.GetUtcNow(),
                    ExpiresAt = new DateTimeOffset(result.SecurityToken.ValidTo, TimeSpan.Zero),
                    Audiences = ((JsonWebToken)result.SecurityToken)
                        .Audiences.Select(CanonicalResource.From)
                        .OfType<string>()
                        .ToFrozenSet(StringComparer.Ordinal),
                },
                null
            )
            : (null, new TokenVerdict.Invalid("The token has no sid or sub claim."));
    }

    private Task<TokenValidationResult> ValidateAsync(string token, IEnumerable<SecurityKey> signingKeys) =>
        _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                // RFC 9068 §4: an id_token or refresh token is not an access token, even if correctly signed.
                ValidTypes = ["at+jwt", "application/at+jwt"],
                ValidAlgorithms = AsymmetricAlgorithms.All,
                ValidIssuer = keys.Issuer,
                IssuerSigningKeys = signingKeys,
                TryAllIssuerSigningKeys = false,
                RequireSignedTokens = true,
                // Checked at each request, for its resource; so is the end.
                ValidateAudience = false,
                LifetimeValidator = HasBegun,
                NameClaimType = "sub",
                RoleClaimType = "roles",
            }
        );

    private bool HasBegun(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        if (notBefore is { } begins && begins > clock.GetUtcNow().UtcDateTime + options.Value.ClockSkew)
        {
            refused.Early(What, new DateTimeOffset(begins, TimeSpan.Zero));
            return false;
        }

        return expires is not null;
    }
}
