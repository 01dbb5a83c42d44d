using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// The keys at one moment. The encryption keys are for codes and never leave this server; all others are published.
/// </summary>
/// <param name="Signing">The first one signs access tokens and codes.</param>
/// <param name="Identity">The first one signs id_tokens with the default algorithm; these keys have no other use. Empty if
/// <paramref name="Signing"/> has that algorithm, and until one is generated.</param>
/// <param name="Encryption">The first one encrypts.</param>
internal sealed record KeyRingSnapshot(
    IReadOnlyList<SigningCredentials> Signing,
    IReadOnlyList<SigningCredentials> Identity,
    IReadOnlyList<EncryptingCredentials> Encryption
)
{
    /// <summary>The <c>typ</c> of an id_token, which an access token never has (RFC 9068 §2.1).</summary>
    public const string TypeOfIdentityTokens = "JWT";

    /// <summary>The keys that can verify an access token.</summary>
    public required IReadOnlyList<SecurityKey> Keys { get; init; }
    public required IReadOnlyList<uint> EncryptionIds { get; init; }

    /// <summary>Whether there is a key for the default algorithm of id_tokens.</summary>
    public bool IsComplete => ForIdentityToken(SigningAlgorithms.Usual) is not null;

    /// <summary>The key that signs an id_token with an algorithm.</summary>
    public SigningCredentials? ForIdentityToken(string algorithm) =>
        Signing[0].Algorithm == algorithm ? Signing[0] : Identity.FirstOrDefault(key => key.Algorithm == algorithm);

    /// <summary>The keys that may verify a token, by the type and algorithm in its header. A key for id_tokens verifies nothing else, even
    /// if it leaks.</summary>
    public IEnumerable<SecurityKey> KeysFor(JsonWebToken token) =>
        (token.Typ == TypeOfIdentityTokens ? Signing.Concat(Identity) : Signing)
            .Where(key => key.Algorithm == token.Alg)
            .Select(key => key.Key);
}
