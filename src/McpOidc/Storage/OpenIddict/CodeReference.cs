using McpOidc.Keys;
using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// An authorization code that is stored in its grant: <c>g{grant}.{secret}~{mac}</c>, a <see cref="TokenReference"/> whose id contains the
/// grant and whose secret ends in a <see cref="TokenMac"/>. A code without a valid MAC is still redeemed if it is correct, because the
/// previous version may have issued it.
/// </summary>
internal readonly record struct CodeReference(string GrantId, string Secret)
{
    private const char Mark = 'g';

    // Not a dot: OpenIddict takes a value with two dots for a JWT.
    private const char MacSeparator = '~';

    /// <summary>OpenIddict's id of a grant's code.</summary>
    public static string IdOf(string grantId) => Mark + grantId;

    /// <summary>The grant in a code's id; <see langword="null"/> for any other id.</summary>
    public static string? GrantOf(string id) => id.Length > 0 && id[0] == Mark && TokenReference.IsId(id[1..]) ? id[1..] : null;

    /// <summary>The parts of a code; <see langword="null"/> for any other value.</summary>
    public static CodeReference? Read(string? value) =>
        value is not null && TokenReference.TrySplit(value, out var id, out var secret) && GrantOf(id) is { } grantId
            ? new CodeReference(grantId, secret)
            : null;

    /// <summary>Creates a code for a grant.</summary>
    public static string New(string id, DerivedKey macKey) => TokenMac.Sign(TokenReference.New(id), macKey, MacSeparator);

    /// <summary>Whether this server created the code.</summary>
    public static bool IsOurs(string value, IReadOnlyList<DerivedKey> macKeys) => TokenMac.IsOurs(value, macKeys, MacSeparator);

    public bool Matches(string hash) => OpaqueToken.Matches(Secret, hash);

    public override string ToString() => $"{nameof(CodeReference)} {{ GrantId = {GrantId} }}";
}
