using System.Buffers;
using System.IO.Compression;

namespace McpOidc.Storage;

/// <summary>
/// Compresses a payload before encryption. A user's record, mostly JWTs and JSON, shrinks by a third; stronger Brotli settings, and
/// Deflate, save a few percent more for several times the processor time.
/// </summary>
internal static class StoredPayloadCompression
{
    private const int SmallestSize = 200;
    private const int LargestSize = 1 << 20;
    private const int Quality = 1;
    private const int WindowBits = 12;

    public static bool IsWorthTrying(int size) => size is >= SmallestSize and <= LargestSize;

    /// <summary>Returns false if the result would not fit; with a buffer of the content's length, the result is smaller or
    /// discarded.</summary>
    public static bool TryCompress(ReadOnlySpan<byte> content, Span<byte> buffer, out int size) =>
        BrotliEncoder.TryCompress(content, buffer, out size, Quality, WindowBits) && size < content.Length;

    /// <summary>Decompresses the content, within the memory limit given by <see cref="IsWorthTrying"/>.</summary>
    /// <exception cref="StoredPayloadException">The content was not compressed here.</exception>
    public static ReadOnlyMemory<byte> Decompress(ReadOnlySpan<byte> compressed)
    {
        var content = new byte[Math.Min(Math.Max(2 * compressed.Length, SmallestSize), LargestSize)];
        var size = 0;
        var decoder = default(BrotliDecoder);
        try
        {
            while (true)
            {
                var status = decoder.Decompress(compressed, content.AsSpan(size), out var read, out var written);
                compressed = compressed[read..];
                size += written;
                if (status == OperationStatus.Done && compressed.IsEmpty)
                {
                    return content.AsMemory(0, size);
                }

                if (status != OperationStatus.DestinationTooSmall || content.Length == LargestSize)
                {
                    throw new StoredPayloadException();
                }

                Array.Resize(ref content, Math.Min(2 * content.Length, LargestSize));
            }
        }
        finally
        {
            decoder.Dispose();
        }
    }
}
