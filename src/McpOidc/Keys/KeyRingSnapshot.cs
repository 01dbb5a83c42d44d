using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// The keys at one moment. The encryption keys are for codes and never leave this server; all others are published.
/// </summary>
/// <param name="Signing">The first signs access tokens, and codes.</param>
/// <param name="Identity">The first signs id_tokens by the usual algorithm; none of these is good for anything else. Empty where
/// <paramref name="Signing"/> has that algorithm, and until it is made.</param>
/// <param name="Encryption">The first encrypts.</param>
internal sealed record KeyRingSnapshot(
    IReadOnlyList<SigningCredentials> Signing,
    IReadOnlyList<SigningCredentials> Identity,
    IReadOnlyList<EncryptingCredentials> Encryption
)
{
    /// <summary>The <c>typ</c> of an id_token, which an access token never has (RFC 9068 §2.1).</summary>
    public const string TypeOfIdentityTokens = "JWT";

    /// <summary>Those by which an access token can be verified.</summary>
    public required IReadOnlyList<SecurityKey> Keys { get; init; }
    public required IReadOnlyList<uint> EncryptionIds { get; init; }

    /// <summary>Whether there is a key for the usual algorithm of id_tokens.</summary>
    public bool IsComplete => ForIdentityToken(SigningAlgorithms.Usual) is not null;

    /// <summary>What signs an id_token by an algorithm.</summary>
    public SigningCredentials? ForIdentityToken(string algorithm) =>
        Signing[0].Algorithm == algorithm ? Signing[0] : Identity.FirstOrDefault(key => key.Algorithm == algorithm);

    /// <summary>Those by which a token may be verified: by what its header says it is, and by its algorithm. A key for id_tokens verifies
    /// nothing else, whoever has it.</summary>
    public IEnumerable<SecurityKey> KeysFor(JsonWebToken token) =>
        (token.Typ == TypeOfIdentityTokens ? Signing.Concat(Identity) : Signing)
            .Where(key => key.Algorithm == token.Alg)
            .Select(key => key.Key);
}
