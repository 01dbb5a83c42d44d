using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// The client's form of a stored token: <c>{id}.{secret}</c>. The id finds the record, the secret proves that it was issued; the store has
/// <c>{id}.{hash of the secret}</c>, from which nothing can be redeemed.
/// </summary>
internal static class TokenReference
{
    private const char Separator = '.';
    private const int IdBytes = 16;
    private static readonly int IdLength = Base64Url.GetEncodedLength(IdBytes);

    /// <summary>Creates a reference to the record with this id, with a new secret.</summary>
    public static string New(string id) => Join(id, OpaqueToken.Create());

    public static string Join(string id, string secretOrHash) => id + Separator + secretOrHash;

    /// <summary>The stored form of a reference. A value without a separator is hashed as a whole, and finds nothing.</summary>
    public static string Hash(string reference) =>
        TrySplit(reference, out var id, out var secret) ? Join(id, OpaqueToken.Hash(secret)) : OpaqueToken.Hash(reference);

    public static bool TrySplit(string reference, [NotNullWhen(true)] out string? id, [NotNullWhen(true)] out string? secretOrHash)
    {
        var separator = reference.IndexOf(Separator, StringComparison.Ordinal);
        (id, secretOrHash) = separator < 0 ? (null, null) : (reference[..separator], reference[(separator + 1)..]);
        return separator >= 0;
    }

    /// <summary>Whether this can be an id at all; otherwise it is not worth a round trip to the store.</summary>
    public static bool IsId(string id) => id.Length == IdLength && Base64Url.IsValid(id);
}
