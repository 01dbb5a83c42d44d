using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Keys;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.DPoP;

/// <summary>Verifies DPoP proofs (RFC 9449 §4.3), at the authorization server and at MCP servers alike.</summary>
internal sealed class ProofVerifier(ReplayMemory replays, RefusedTimes refused, TimeProvider clock)
{
    public const string Header = "DPoP";
    public const string InvalidProof = "invalid_dpop_proof";

    private const int MaximumLength = 8 * 1024;
    private const int MaximumIdLength = 256;
    private const int MinimumRsaBits = 2048;

    // A proof is made for one request: it may be as old as a slow one and two clocks that differ, and no older (RFC 9449 §11.1).
    private static readonly TimeSpan s_maximumAge = TimeSpan.FromSeconds(120);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Verifies the proof of a request and uses it up.</summary>
    /// <param name="request">The request, of which only method and header are believed.</param>
    /// <param name="url">Its URL as it is configured, never as a header says.</param>
    /// <param name="accessToken">The access token that comes with it; <see langword="null"/> where there is none yet.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The thumbprint (RFC 7638) of the key that was proven, or what is wrong.</returns>
    public async Task<(string? Thumbprint, string? Problem)> VerifyAsync(
        HttpRequest request,
        string url,
        string? accessToken,
        CancellationToken cancellationToken
    )
    {
        if (Read(request.Headers[Header]) is not { } proof || KeyOf(proof) is not { } key)
        {
            return (null, "The request needs one DPoP header, a JWT with the public key that signed it.");
        }

        var result = await _handler.ValidateTokenAsync(proof, Rules(key));
        if (!result.IsValid || proof.TryGetHeaderValue<object>("crit", out _))
        {
            return (null, "The DPoP proof is not of the type dpop+jwt or not signed by the key in it.");
        }

        if (FindProblem(proof, request.Method, url, accessToken) is { } problem)
        {
            return (null, problem);
        }

        var thumbprint = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        return await replays.IsNewAsync(
            "dpop",
            thumbprint,
            proof.Id,
            new DateTimeOffset(proof.IssuedAt, TimeSpan.Zero) + s_maximumAge + JwtTimes.Skew,
            cancellationToken
        )
            ? (thumbprint, null)
            : (null, "The DPoP proof was used before.");
    }

    private string? FindProblem(JsonWebToken proof, string method, string url, string? accessToken)
    {
        return string.IsNullOrEmpty(proof.Id) || proof.Id.Length > MaximumIdLength ? "The DPoP proof has no jti, or one that is too long."
            : !IsInTime(new DateTimeOffset(proof.IssuedAt, TimeSpan.Zero)) ? "The DPoP proof is too old, or from the future."
            : proof.GetPayloadValueOrNull("htm") != method ? "The DPoP proof is for another method."
            : !IsSame(proof.GetPayloadValueOrNull("htu"), url) ? "The DPoP proof is for another URL."
            : accessToken is not null
            && proof.GetPayloadValueOrNull("ath") != Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)))
                ? "The DPoP proof is for another access token."
            : null;
    }

    private bool IsInTime(DateTimeOffset issuedAt)
    {
        var age = clock.GetUtcNow() - issuedAt;
        if (age < -JwtTimes.Skew)
        {
            refused.Early("A DPoP proof", issuedAt);
        }
        else if (age > s_maximumAge)
        {
            refused.Late("A DPoP proof", issuedAt + s_maximumAge);
        }

        return age <= s_maximumAge && age >= -JwtTimes.Skew;
    }

    // RFC 9449 §4.3: without query and fragment, after syntax- and scheme-based normalization.
    private static bool IsSame(string? left, string right) =>
        UrlRules.TryRead(left, out var uri) && uri.GetLeftPart(UriPartial.Path) == new Uri(right).GetLeftPart(UriPartial.Path);

    private static JsonWebToken? Read(StringValues headers) => headers is [var value] ? CompactJwt.Read(value, MaximumLength) : null;

    private static JsonWebKey? KeyOf(JsonWebToken proof)
    {
        try
        {
            using var header = JsonDocument.Parse(Base64UrlEncoder.Decode(proof.EncodedHeader));
            var key = header.RootElement.TryGetProperty("jwk", out var jwk) ? new JsonWebKey(jwk.GetRawText()) : null;
            return
                key is not null
                && !key.HasPrivatePart()
                && AsymmetricAlgorithms.MayVerify(key)
                && (key.Kty != JsonWebAlgorithmsKeyTypes.RSA || key.KeySize >= MinimumRsaBits)
                ? key
                : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static TokenValidationParameters Rules(JsonWebKey key) =>
        new()
        {
            ValidTypes = ["dpop+jwt"],
            ValidAlgorithms = AsymmetricAlgorithms.All,
            IssuerSigningKey = key,
            RequireSignedTokens = true,
            // A proof has neither; what bounds it is iat.
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        };
}
