using System.Buffers.Binary;

namespace McpOidc.Storage;

/// <summary>
/// A record in Redis, stored as one string: the version (8 bytes), the expiry (6), the number of indexes (1), for each index its digest
/// (<see cref="RedisIndex"/>) and the expiry of the record's entry there (6), then the data. Numbers are big-endian, times Unix
/// milliseconds. The first bit is zero, as in every version (<see cref="RecordVersion"/>): another format sets it, and is not misread.
/// <see cref="RedisScripts"/> uses the same format.
/// </summary>
internal static class RedisRecord
{
    private const int VersionSize = sizeof(long);
    private const int TimeSize = 6;
    private const int CountAt = VersionSize + TimeSize;
    private const int EntrySize = RedisIndex.DigestSize + TimeSize;

    /// <summary>The part before the data, if the record is in at most four indexes.</summary>
    public const int UsualHeaderSize = CountAt + 1 + (4 * EntrySize);

    public static byte[] Version(long version)
    {
        var bytes = new byte[VersionSize];
        BinaryPrimitives.WriteInt64BigEndian(bytes, version);
        return bytes;
    }

    public static byte[] Time(long time)
    {
        var bytes = new byte[TimeSize];
        WriteTime(bytes, time);
        return bytes;
    }

    /// <summary>The part before the number of indexes.</summary>
    public static byte[] Start(long version, long expiry)
    {
        var bytes = new byte[CountAt];
        WriteStart(bytes, version, expiry);
        return bytes;
    }

    public static byte[] Write(long version, long expiry, IReadOnlyList<byte[]> indexes, long joinedUntil, ReadOnlySpan<byte> data)
    {
        var header = CountAt + 1 + (indexes.Count * EntrySize);
        var bytes = new byte[header + data.Length];
        WriteStart(bytes, version, expiry);
        bytes[CountAt] = checked((byte)indexes.Count);
        for (var number = 0; number < indexes.Count; number++)
        {
            var entry = bytes.AsSpan(CountAt + 1 + (number * EntrySize), EntrySize);
            indexes[number].CopyTo(entry);
            WriteTime(entry[RedisIndex.DigestSize..], joinedUntil);
        }

        data.CopyTo(bytes.AsSpan(header));
        return bytes;
    }

    /// <summary>The record, unless it does not exist or has expired.</summary>
    public static StoredRecord? Read(byte[]? bytes, long now) =>
        bytes is null || Expiry(bytes) <= now
            ? null
            : new StoredRecord(bytes.AsMemory(Header(bytes).Length), BinaryPrimitives.ReadInt64BigEndian(bytes));

    /// <summary>Whether there is a live record that is itself marked as a member of an index.</summary>
    public static bool IsIn(ReadOnlySpan<byte> index, ReadOnlySpan<byte> header, long now)
    {
        if (header.IsEmpty || Expiry(header) <= now)
        {
            return false;
        }

        for (var entries = Header(header)[(CountAt + 1)..]; !entries.IsEmpty; entries = entries[EntrySize..])
        {
            if (entries[..RedisIndex.DigestSize].SequenceEqual(index))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The length of the part before the data; zero if there is no record.</summary>
    public static int HeaderSize(ReadOnlySpan<byte> record) =>
        record.IsEmpty ? 0 : CountAt + 1 + (AtLeast(CountAt + 1, record)[CountAt] * EntrySize);

    private static long Expiry(ReadOnlySpan<byte> record) =>
        ((long)BinaryPrimitives.ReadUInt16BigEndian(AtLeast(CountAt + 1, record)[VersionSize..]) << 32)
        | BinaryPrimitives.ReadUInt32BigEndian(record[(VersionSize + sizeof(ushort))..]);

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> record) => AtLeast(HeaderSize(record), record)[..HeaderSize(record)];

    private static ReadOnlySpan<byte> AtLeast(int size, ReadOnlySpan<byte> record) =>
        record.Length < size ? throw new StoreUnavailableException("Redis has a value that is not a McpOidc record under a McpOidc key.")
        : record[0] > sbyte.MaxValue ? throw new StoreUnavailableException("Redis has a record that a newer version of McpOidc wrote.")
        : record;

    private static void WriteStart(Span<byte> to, long version, long expiry)
    {
        BinaryPrimitives.WriteInt64BigEndian(to, version);
        WriteTime(to[VersionSize..], expiry);
    }

    private static void WriteTime(Span<byte> to, long time)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, checked((ushort)(time >> 32)));
        BinaryPrimitives.WriteUInt32BigEndian(to[sizeof(ushort)..], (uint)time);
    }
}
