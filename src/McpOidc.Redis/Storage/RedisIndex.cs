using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace McpOidc.Storage;

/// <summary>
/// What an index is called in Redis: by a digest of its name, so that a record that is in it says so in a few bytes, and whoever has read
/// them can find the index without its name.
/// </summary>
internal static class RedisIndex
{
    /// <summary>
    /// The length of a digest. Strangers choose client ids and so names of indexes: with 96 bits nobody makes one that has the digest of
    /// somebody else's, not even of any of a million.
    /// </summary>
    public const int DigestSize = 12;

    public static byte[] Digest(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return hash[..DigestSize].ToArray();
    }

    public static byte[][] Digests(IReadOnlyList<string> names)
    {
        var digests = names.Count == 0 ? [] : new byte[names.Count][];
        for (var number = 0; number < digests.Length; number++)
        {
            digests[number] = Digest(names[number]);
        }

        return digests;
    }

    /// <summary>Where its members are listed, without the prefix of all keys.</summary>
    public static string Key(ReadOnlySpan<byte> digest) => $"index:{Base64Url.EncodeToString(digest)}";
}
