using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Registration.Stateless;

namespace McpOidc.Registration;

/// <summary>
/// A client's id as it is kept and shown. A stateless id holds all that was registered and is long: consents, grants, log, pages and
/// metrics have 144 bits of its SHA-256 in its place. Every other id stands for itself.
/// </summary>
internal static class ClientIdDigest
{
    private const string Prefix = "s-";
    private const int Bytes = 18;
    private static readonly int s_length = Prefix.Length + Base64Url.GetEncodedLength(Bytes);

    public static string Of(string clientId) =>
        StatelessFormat.MayBe(clientId)
            ? Prefix + Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(clientId)).AsSpan(0, Bytes))
            : clientId;

    /// <summary>What a request names as its client, for a log: an id that was disfigured on its way still has the id in it.</summary>
    public static string OfSent(string sent)
    {
        var letters = string.Concat(sent.Where(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'));
        return Of(letters) is var digest && Is(digest) ? digest : sent;
    }

    /// <summary>Whether it is a digest, which no client can present as its id.</summary>
    public static bool Is(string id) => id.Length == s_length && id.StartsWith(Prefix, StringComparison.Ordinal);
}
