using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Registration.Stateless;

namespace McpOidc.Registration;

/// <summary>
/// The stored and displayed form of a client id. A stateless id contains the whole registration and is long, so consents, grants, log,
/// pages and metrics use 144 bits of its SHA-256. Every other id is used unchanged.
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

    /// <summary>The client named in a request, for a log: a corrupted id still contains the id.</summary>
    public static string OfSent(string sent)
    {
        var letters = string.Concat(sent.Where(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'));
        return Of(letters) is var digest && Is(digest) ? digest : sent;
    }

    /// <summary>Whether it is a digest, which no client can use as its id.</summary>
    public static bool Is(string id) => id.Length == s_length && id.StartsWith(Prefix, StringComparison.Ordinal);
}
