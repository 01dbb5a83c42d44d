using System.Buffers.Binary;
using System.Security.Cryptography;

namespace McpOidc.Storage;

/// <summary>Creates versions of records.</summary>
internal static class RecordVersion
{
    /// <summary>
    /// A random 63-bit number. A counter would restart when a key is deleted and added again, and a caller with the old version would then
    /// overwrite a record that it never read.
    /// </summary>
    public static long Next()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes) & long.MaxValue;
    }
}
