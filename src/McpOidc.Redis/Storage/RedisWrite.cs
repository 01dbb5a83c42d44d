using System.Globalization;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>A write as sent to Redis, at one moment of the caller's clock.</summary>
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

    /// <summary>Whether the record has already expired, so that nothing is written.</summary>
    public bool IsPast => Expiry <= now;

    /// <summary>How long the record's key is kept; <see langword="null"/> for no expiry.</summary>
    public TimeSpan? Life => Expiry == s_never ? null : TimeSpan.FromMilliseconds(Expiry - now);

    private long Expiry { get; } = Math.Max(0, write.ExpiresAt.ToUnixTimeMilliseconds());

    /// <summary>
    /// When the record's entries in its indexes expire: later than the record by a quarter of its lifetime, so that a record extended at
    /// every use, like a grant, need not join again each time.
    /// </summary>
    private long JoinedUntil
    {
        get
        {
            var until = write.IndexedUntil > write.ExpiresAt ? write.IndexedUntil.Value.ToUnixTimeMilliseconds() : Expiry;
            return until == s_never ? until : until + Math.Min(Math.Max(until - now, 0) / 4, s_longestSlack);
        }
    }

    /// <summary>The whole record, if there is no existing record whose indexes it must keep.</summary>
    public byte[] Record() => RedisRecord.Write(Version, Expiry, Indexes, JoinedUntil, write.Value.Span);

    /// <summary>The first arguments of every script in <see cref="RedisScripts"/> that writes.</summary>
    public RedisValue[] Arguments() => [now, Milliseconds(Expiry), key, JoinedUntil, Milliseconds(JoinedUntil)];

    /// <summary>The arguments of <see cref="RedisScripts.Replace"/>.</summary>
    /// <param name="expectedVersion">The expected version.</param>
    /// <param name="indexes">The digests of the indexes that should list the record.</param>
    /// <param name="mayJoin">Whether the script may add it to them, or it has already been added.</param>
    public RedisValue[] Arguments(long expectedVersion, byte[][] indexes, bool mayJoin)
    {
        // Not a collection expression: for an unknown length it would create a list first, and this runs at every refresh.
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
