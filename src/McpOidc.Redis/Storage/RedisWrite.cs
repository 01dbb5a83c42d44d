using System.Globalization;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>A write as Redis is told of it, at one moment of the caller's clock.</summary>
internal sealed class RedisWrite(string key, StoreWrite write, long now)
{
    private const string Never = "never";
    private static readonly long s_never = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly long s_longestSlack = (long)TimeSpan.FromDays(30).TotalMilliseconds;

    public string Key => key;
    public long Now => now;

    /// <summary>The version of the new record.</summary>
    public long Version { get; } = RecordVersion.Next();

    /// <summary>The digests of the indexes that the write names.</summary>
    public byte[][] Indexes { get; } = RedisIndex.Digests(write.Indexes);

    /// <summary>Whether it writes what has ended already, which is to say nothing.</summary>
    public bool IsPast => Expiry <= now;

    /// <summary>How long the record's key has to stay; <see langword="null"/> for ever.</summary>
    public TimeSpan? Life => Expiry == s_never ? null : TimeSpan.FromMilliseconds(Expiry - now);

    private long Expiry { get; } = Math.Max(0, write.ExpiresAt.ToUnixTimeMilliseconds());

    /// <summary>
    /// When the entries of a record in its indexes end: later than the record by a quarter of its life, so that a record whose life is
    /// prolonged at every use, as a grant's is, need not join again each time.
    /// </summary>
    private long JoinedUntil
    {
        get
        {
            var until = write.IndexedUntil > write.ExpiresAt ? write.IndexedUntil.Value.ToUnixTimeMilliseconds() : Expiry;
            return until == s_never ? until : until + Math.Min(Math.Max(until - now, 0) / 4, s_longestSlack);
        }
    }

    /// <summary>The whole record, where none is there whose indexes it would have to keep.</summary>
    public byte[] Record() => RedisRecord.Write(Version, Expiry, Indexes, JoinedUntil, write.Value.Span);

    /// <summary>What every script of <see cref="RedisScripts"/> that writes is told first.</summary>
    public RedisValue[] Arguments() => [now, Milliseconds(Expiry), key, JoinedUntil, Milliseconds(JoinedUntil)];

    /// <summary>What <see cref="RedisScripts.Replace"/> is told.</summary>
    /// <param name="expectedVersion">The version that has to be there.</param>
    /// <param name="indexes">The digests of indexes that the record is to be in.</param>
    /// <param name="mayJoin">Whether the script joins them, or they have been joined.</param>
    public RedisValue[] Arguments(long expectedVersion, byte[][] indexes, bool mayJoin)
    {
        // By hand: of something whose length it does not know a collection expression makes a list first, and this is written at every
        // refresh.
        var arguments = new RedisValue[9 + indexes.Length];
        Arguments().CopyTo(arguments, 0);
        arguments[5] = RedisRecord.Start(Version, Expiry);
        arguments[6] = write.Value;
        arguments[7] = RedisRecord.Version(expectedVersion);
        arguments[8] = mayJoin ? RedisRecord.Time(JoinedUntil) : RedisValue.EmptyString;
        for (var number = 0; number < indexes.Length; number++)
        {
            arguments[9 + number] = indexes[number];
        }

        return arguments;
    }

    private RedisValue Milliseconds(long until) => until == s_never ? Never : (until - now).ToString(CultureInfo.InvariantCulture);
}
