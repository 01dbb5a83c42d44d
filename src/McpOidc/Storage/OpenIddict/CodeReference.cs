using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>An authorization code that lies in its grant: <c>g{grant}.{secret}</c>, a <see cref="TokenReference"/> whose id names the
/// grant.</summary>
internal readonly record struct CodeReference(string GrantId, string Secret)
{
    private const char Mark = 'g';

    /// <summary>The id of the code of a grant, as OpenIddict knows it.</summary>
    public static string IdOf(string grantId) => Mark + grantId;

    /// <summary>The grant that a code's id names; <see langword="null"/> for the id of anything else.</summary>
    public static string? GrantOf(string id) => id.Length > 0 && id[0] == Mark && TokenReference.IsId(id[1..]) ? id[1..] : null;

    /// <summary>The parts of a code; <see langword="null"/> for anything else.</summary>
    public static CodeReference? Read(string? value) =>
        value is not null && TokenReference.TrySplit(value, out var id, out var secret) && GrantOf(id) is { } grantId
            ? new CodeReference(grantId, secret)
            : null;

    public bool Matches(string hash) => OpaqueToken.Matches(Secret, hash);

    public override string ToString() => $"{nameof(CodeReference)} {{ GrantId = {GrantId} }}";
}
