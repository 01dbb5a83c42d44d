using McpOidc.Keys;
using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// An authorization code that lies in its grant: <c>g{grant}.{secret}~{mac}</c>, a <see cref="TokenReference"/> whose id names the grant
/// and whose secret ends in a <see cref="TokenMac"/>. Without a good one it is redeemed all the same, where it is right: it may be of a
/// process of the version before.
/// </summary>
internal readonly record struct CodeReference(string GrantId, string Secret)
{
    private const char Mark = 'g';

    // Not a dot: OpenIddict takes what has two for a JWT.
    private const char MacSeparator = '~';

    /// <summary>The id of the code of a grant, as OpenIddict knows it.</summary>
    public static string IdOf(string grantId) => Mark + grantId;

    /// <summary>The grant that a code's id names; <see langword="null"/> for the id of anything else.</summary>
    public static string? GrantOf(string id) => id.Length > 0 && id[0] == Mark && TokenReference.IsId(id[1..]) ? id[1..] : null;

    /// <summary>The parts of a code; <see langword="null"/> for anything else.</summary>
    public static CodeReference? Read(string? value) =>
        value is not null && TokenReference.TrySplit(value, out var id, out var secret) && GrantOf(id) is { } grantId
            ? new CodeReference(grantId, secret)
            : null;

    /// <summary>A new code of a grant.</summary>
    public static string New(string id, DerivedKey macKey) => TokenMac.Sign(TokenReference.New(id), macKey, MacSeparator);

    /// <summary>Whether this server once made the code.</summary>
    public static bool IsOurs(string value, IReadOnlyList<DerivedKey> macKeys) => TokenMac.IsOurs(value, macKeys, MacSeparator);

    public bool Matches(string hash) => OpaqueToken.Matches(Secret, hash);

    public override string ToString() => $"{nameof(CodeReference)} {{ GrantId = {GrantId} }}";
}
