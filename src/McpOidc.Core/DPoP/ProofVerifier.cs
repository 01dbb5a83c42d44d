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

    // A proof is for a single request: its maximum age allows for one slow request and two clocks that differ (RFC 9449 §11.1).
    private static readonly TimeSpan s_maximumAge = TimeSpan.FromSeconds(120);
    private readonly JsonWebTokenHandler _handler = new();

    /// <summary>Verifies the proof of a request and marks it as used.</summary>
    /// <param name="request">The request; only its method and DPoP header are used.</param>
    /// <param name="url">Its URL from configuration, never from request headers.</param>
    /// <param name="accessToken">The access token sent with it; <see langword="null"/> if there is none yet.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The thumbprint (RFC 7638) of the proven key, or an error description.</returns>
    public async Task<(string? Thumbprint, string? Problem)> VerifyAsync(
        HttpRequest request,
        string url,
        string? accessToken,
        CancellationToken cancellationToken
    )
    {
        if (Read(request.Headers[Header]) is not { } proof || KeyOf(proof) is not { } key)
        {
            return (null, "The request needs exactly one DPoP header: a JWT that contains the public key it is signed with.");
        }

        var result = await _handler.ValidateTokenAsync(proof, Rules(key));
        if (!result.IsValid || proof.TryGetHeaderValue<object>("crit", out _))
        {
            return (null, "The DPoP proof does not have the type dpop+jwt, or its signature does not match its key.");
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
            : (null, "The DPoP proof has already been used.");
    }

    private string? FindProblem(JsonWebToken proof, string method, string url, string? accessToken)
    {
        return string.IsNullOrEmpty(proof.Id) || proof.Id.Length > MaximumIdLength ? "The DPoP proof has no jti, or its jti is too long."
            : !IsInTime(new DateTimeOffset(proof.IssuedAt, TimeSpan.Zero)) ? "The iat of the DPoP proof is too old or in the future."
            : proof.GetPayloadValueOrNull("htm") != method ? "The htm of the DPoP proof does not match the request method."
            : !IsSame(proof.GetPayloadValueOrNull("htu"), url) ? "The htu of the DPoP proof does not match the request URL."
            : accessToken is not null
            && proof.GetPayloadValueOrNull("ath") != Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)))
                ? "The ath of the DPoP proof does not match the access token."
            : null;
    }

    private bool IsInTime(DateTimeOffset issuedAt)
    {
        var age = clock.GetUtcNow() - issuedAt;
        if (age < -JwtTimes.Skew)
        {
            refused.Early("A DPoP proof", issuedAt);
            return false;
        }

        if (age > s_maximumAge)
        {
            refused.Late("A DPoP proof", issuedAt + s_maximumAge);
            return false;
        }

        return true;
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
            // A proof has neither; its iat limits its lifetime.
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        };
}
