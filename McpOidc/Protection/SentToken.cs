using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>What a token is remembered by.</summary>
internal static class SentToken
{
    private static readonly object s_last = new();

    private sealed record Last(string Header, string Hash);

    /// <summary>
    /// The hash of the token in a header. Over HTTP/1 a client sends the same header again and again, and Kestrel hands out the same string for it: of that
    /// one, and of no other, the hash is known. The streams of an HTTP/2 connection run at the same time, and its items are for one at a time.
    /// </summary>
    public static string HashOf(HttpContext context, string header, ReadOnlySpan<char> token)
    {
        if (!HttpProtocol.IsHttp11(context.Request.Protocol) || context.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
        {
            return HashOf(token);
        }

        if (items.TryGetValue(s_last, out var kept) && kept is Last last && ReferenceEquals(last.Header, header))
        {
            return last.Hash;
        }

        var hash = HashOf(token);
        items[s_last] = new Last(header, hash);
        return hash;
    }

    public static string HashOf(ReadOnlySpan<char> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        // One byte for each character of a token; what is none has more, and gets room of its own.
        Span<byte> room = stackalloc byte[2048];
        if (Encoding.UTF8.TryGetBytes(token, room, out var length))
        {
            SHA256.HashData(room[..length], hash);
        }
        else
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(token.ToArray()), hash);
        }

        return Convert.ToBase64String(hash);
    }
}
