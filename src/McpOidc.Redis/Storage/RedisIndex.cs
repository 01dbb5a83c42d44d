using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace McpOidc.Storage;

/// <summary>
/// The name of an index in Redis: a digest, so that a record stores its membership in a few bytes, and the index can be found from them.
/// </summary>
internal static class RedisIndex
{
    /// <summary>
    /// The length of a digest. Clients choose client ids and thus index names; with 96 bits, finding one whose digest matches any of a
    /// million others is infeasible.
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

    /// <summary>The key of its member list, without the common prefix.</summary>
    public static string Key(ReadOnlySpan<byte> digest) => $"index:{Base64Url.EncodeToString(digest)}";
}
