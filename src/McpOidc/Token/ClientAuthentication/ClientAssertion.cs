using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token.ClientAuthentication;

/// <summary>
/// Verifies client assertions (RFC 7523 §3, OpenID Connect Core §9). Only the client's registered keys count; nothing named in the JWT
/// header is fetched.
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

    // Clients should send the issuer as a string (draft-ietf-oauth-rfc7523bis §4); earlier ones send the URL of the called endpoint (RFC
    // 7523 §3, RFC 9126 §2), or several of these.
    private readonly HashSet<string> _audiences =
    [
        issuer.Value,
        issuer.Value + "/",
        issuer.Endpoint(EndpointPaths.Token),
        issuer.Endpoint(EndpointPaths.PushedAuthorization),
        issuer.Endpoint(EndpointPaths.DeviceAuthorization),
        issuer.Endpoint(EndpointPaths.Introspection),
        issuer.Endpoint(EndpointPaths.Revocation),
        issuer.Endpoint(EndpointPaths.LegacyRevocation),
    ];

    /// <summary>Reads the client that an assertion names, without verifying it.</summary>
    public static JsonWebToken? Read(string assertion) => CompactJwt.Read(assertion, MaximumLength);

    /// <summary>Returns what is wrong with an assertion; a valid one is used up.</summary>
    /// <param name="assertion">The assertion.</param>
    /// <param name="clientId">The client that it must name.</param>
    /// <param name="keys">The client's keys.</param>
    /// <param name="isOfUser">Whether it comes with a live token, so that a user has signed in.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> for a valid one.</returns>
    public async Task<string?> FindProblemAsync(
        JsonWebToken assertion,
        string clientId,
        IEnumerable<JsonWebKey> keys,
        bool isOfUser,
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
                SecurityTokenInvalidTypeException => "Its typ is not valid for a client assertion.",
                _ => "It is not signed with a registered key of the client.",
            };
        }

        if (configured.Find(clientId) is null)
        {
            // A client can create any number of valid ones, and each is remembered until it expires. Those of signed-in users are served
            // while strangers have stored all that they may.
            await (
                isOfUser
                    ? ledger.SpendOfAddressAsync(RecordStore.Overhead)
                    : ledger.SpendAsync(RecordStore.Overhead, JwtTimes.EndOf(assertion), cancellationToken)
            );
        }

        // Without a jti, the assertion itself serves as its id.
        var id = assertion.Id is { Length: > 0 } jti ? jti : OpaqueToken.Hash(assertion.EncodedToken);
        return await replays.IsNewAsync("client-assertion", clientId, id, JwtTimes.EndOf(assertion), cancellationToken)
            ? null
            : "It has already been used.";
    }

    private TokenValidationParameters Rules(string clientId, SecurityKey[] keys) =>
        new()
        {
            ValidAlgorithms = AsymmetricAlgorithms.All,
            IssuerSigningKeys = keys,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidIssuer = clientId,
            // Most libraries write JWT or nothing; draft-ietf-oauth-rfc7523bis §4 defines a specific type.
            TypeValidator = (type, _, _) =>
                type is null or ""
                || type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
                || type.EndsWith("client-authentication+jwt", StringComparison.OrdinalIgnoreCase)
                    ? type ?? ""
                    : throw new SecurityTokenInvalidTypeException(),
            // Only for this server: other audiences could reuse an assertion for several servers here.
            AudienceValidator = (audiences, _, _) => audiences.ToArray() is { Length: > 0 } named && named.All(_audiences.Contains),
            LifetimeValidator = _times.AreCurrent,
        };
}
