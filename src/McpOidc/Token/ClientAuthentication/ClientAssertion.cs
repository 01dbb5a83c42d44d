using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token.ClientAuthentication;

/// <summary>
/// Verifies the JWT by which a client proves who it is (RFC 7523 §3, OpenID Connect Core §9). Only keys that the client registered count;
/// whatever its header names is not fetched.
/// </summary>
internal sealed class ClientAssertion(
    Issuer issuer,
    ReplayMemory replays,
    StaticClients configured,
    IStrangerLedger ledger,
    RefusedTimes refused,
    TimeProvider clock
)
{
    private const int MaximumLength = 16 * 1024;
    private readonly JwtTimes _times = new(clock, TimeSpan.FromHours(1), refused, "A client assertion");
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    // The issuer as a string is what clients should send (draft-ietf-oauth-rfc7523bis §4); the others are what they did send until then:
    // the endpoint that is asked (RFC 7523 §3, RFC 9126 §2), or several of these at once.
    private readonly HashSet<string> _audiences =
    [
        issuer.Value,
        issuer.Value + "/",
        issuer.Endpoint(EndpointPaths.Token),
        issuer.Endpoint(EndpointPaths.PushedAuthorization),
        issuer.Endpoint(EndpointPaths.Introspection),
        issuer.Endpoint(EndpointPaths.Revocation),
        issuer.Endpoint(EndpointPaths.LegacyRevocation),
    ];

    /// <summary>Reads who an assertion says to come from. Nothing of it is verified yet.</summary>
    public static JsonWebToken? Read(string assertion) => CompactJwt.Read(assertion, MaximumLength);

    /// <summary>Says what is wrong with an assertion; an assertion with nothing wrong is used up by this.</summary>
    /// <returns><see langword="null"/> for a good one.</returns>
    public async Task<string?> FindProblemAsync(
        JsonWebToken assertion,
        string clientId,
        IEnumerable<JsonWebKey> keys,
        CancellationToken cancellationToken
    )
    {
        var result = await _handler.ValidateTokenAsync(
            assertion,
            Rules(clientId, PublicKeySet.Candidates(keys, assertion.Kid, assertion.Alg))
        );
        if (!result.IsValid || assertion.TryGetHeaderValue<object>("crit", out _))
        {
            return result.Exception switch
            {
                SecurityTokenInvalidLifetimeException => "It has expired, is not valid yet, or is valid for longer than an hour.",
                SecurityTokenInvalidAudienceException => "Its aud is not the issuer of this server.",
                SecurityTokenInvalidTypeException => "Its typ is not that of a client assertion.",
                _ => "It is not signed by a key that the client registered.",
            };
        }

        if (configured.Find(clientId) is null)
        {
            // Whoever registered can make any number of good ones, and each is remembered until its end.
            await ledger.SpendOfAddressAsync(RecordStore.Overhead);
        }

        // Without a jti the assertion itself is its id.
        var id = assertion.Id is { Length: > 0 } jti ? jti : OpaqueToken.Hash(assertion.EncodedToken);
        return await replays.IsNewAsync("client-assertion", clientId, id, JwtTimes.EndOf(assertion), cancellationToken)
            ? null
            : "It was used before.";
    }

    private TokenValidationParameters Rules(string clientId, SecurityKey[] keys) =>
        new()
        {
            ValidAlgorithms = AsymmetricAlgorithms.All,
            IssuerSigningKeys = keys,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidIssuer = clientId,
            // Most libraries write JWT or nothing; the type of its own is that of draft-ietf-oauth-rfc7523bis §4.
            TypeValidator = (type, _, _) =>
                type is null or ""
                || type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
                || type.EndsWith("client-authentication+jwt", StringComparison.OrdinalIgnoreCase)
                    ? type ?? ""
                    : throw new SecurityTokenInvalidTypeException(),
            // For us alone: one that is for several servers, the others could use here.
            AudienceValidator = (audiences, _, _) => audiences.ToArray() is { Length: > 0 } named && named.All(_audiences.Contains),
            LifetimeValidator = _times.AreCurrent,
        };
}
