using System.Buffers.Binary;
using System.Security.Cryptography;

namespace McpOidc.Storage;

/// <summary>Makes versions of records.</summary>
internal static class RecordVersion
{
    /// <summary>
    /// A random number of 63 bits. A counter would begin again when a key is deleted and added, and a caller that still holds the
    /// old version would then overwrite a record that it never read.
    /// </summary>
    public static long Next()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes) & long.MaxValue;
    }
}
