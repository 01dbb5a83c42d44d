using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Keys;
using McpOidc.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token.IdentityAssertion;

/// <summary>
/// Verifies Identity Assertion Authorization Grants (draft-ietf-oauth-identity-assertion-authz-grant §4.4.1, MCP extension
/// <c>enterprise-managed-authorization</c>).
/// </summary>
internal sealed class IdentityAssertionReader(
    Issuer issuer,
    TrustedIssuers issuers,
    ReplayMemory replays,
    RefusedTimes refused,
    TimeProvider clock
)
{
    private const int MaximumLength = 16 * 1024;
    private readonly JwtTimes _times = new(clock, TimeSpan.FromHours(1), refused, "An identity assertion");
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Verifies an assertion without using it up.</summary>
    /// <returns>Its content, or what is wrong with it.</returns>
    /// <exception cref="IdentityProviderException">Its issuer's keys are currently unavailable.</exception>
    public async Task<(JsonWebToken? Assertion, string? Problem)> ReadAsync(
        string value,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        // Before anything is fetched or verified: an untrusted issuer causes no work.
        if (CompactJwt.Read(value, MaximumLength) is not { } assertion || issuers.Find(assertion.Issuer) is null)
        {
            return (null, "Its issuer is not trusted by this server.");
        }

        var result = await ValidateAsync(assertion, unknownKey: false, cancellationToken);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException)
        {
            result = await ValidateAsync(assertion, unknownKey: true, cancellationToken);
        }

        var problem =
            !result.IsValid || assertion.TryGetHeaderValue<object>("crit", out _) ? Describe(result.Exception)
            : assertion.GetPayloadValueOrNull("client_id") != clientId ? "It was issued to another client."
            : string.IsNullOrEmpty(assertion.Subject) || string.IsNullOrEmpty(assertion.Id) || assertion.IssuedAt == DateTime.MinValue
                ? "It has no sub, jti or iat."
            : null;
        return problem is null ? (assertion, null) : (null, problem);
    }

    /// <summary>Uses up an assertion. The MCP extension requires replay detection.</summary>
    public ValueTask<bool> IsFirstUseAsync(JsonWebToken assertion, CancellationToken cancellationToken) =>
        replays.IsNewAsync("id-jag", assertion.Issuer, assertion.Id, JwtTimes.EndOf(assertion), cancellationToken);

    private async Task<TokenValidationResult> ValidateAsync(JsonWebToken assertion, bool unknownKey, CancellationToken cancellationToken) =>
        await _handler.ValidateTokenAsync(
            assertion,
            new TokenValidationParameters
            {
                // Other tokens of the issuer, such as an id_token, are not assertions (RFC 8725 §3.11).
                ValidTypes = ["oauth-id-jag+jwt", "application/oauth-id-jag+jwt"],
                ValidAlgorithms = AsymmetricAlgorithms.All,
                ValidIssuer = assertion.Issuer,
                IssuerSigningKeys = await issuers.KeysOfAsync(assertion.Issuer, unknownKey, cancellationToken),
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                AudienceValidator = (audiences, _, _) => audiences.ToArray() is [{ } audience] && audience == issuer.Value,
                LifetimeValidator = _times.AreCurrent,
            }
        );

    private static string Describe(Exception? exception) =>
        exception switch
        {
            SecurityTokenInvalidLifetimeException => "It has expired, is not valid yet, or is valid for too long.",
            SecurityTokenInvalidAudienceException => "Its aud is not the issuer of this server.",
            SecurityTokenInvalidTypeException => "Its typ is not oauth-id-jag+jwt.",
            _ => "It is not signed by its issuer.",
        };
}
