using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>
/// The shared store: Redis or a compatible server, standalone, behind sentinels or as a cluster. Each operation is one command and one
/// round trip. In a cluster, a write that adds a record to an index, or would outlive its entry there, takes two more.
/// </summary>
internal sealed partial class RedisStore(
    IConnectionMultiplexer redis,
    IOptions<RedisStoreOptions> options,
    TimeProvider clock,
    ILogger<RedisStore>? log = null
) : IMcpOidcStore
{
    private const int PageSize = 250;
    private const int MaximumBatches = 20;
    private const int MaximumCount = 1000;
    private const int MaximumLooked = 20_000;
    private static readonly TimeSpan s_confirmation = TimeSpan.FromSeconds(1);

    private readonly string _prefix = options.Value.KeyPrefix;
    private readonly int _replicas = options.Value.WaitForReplicas;
    private readonly RedisPrimaries _primaries = new(redis, log ?? NullLogger<RedisStore>.Instance);
    private bool? _isCluster;

    /// <summary>The time-out of a response, suitable for interactive use.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    private IDatabase Database => _primaries.Current.GetDatabase();

    // Known once a server has reported its type.
    private bool IsCluster => (_isCluster ??= FindOutIfCluster(redis.GetServers())) ?? true;
    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    // Never from a replica: a redeemed code or an ended grant may still look valid there.
    public async ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        RedisRecord.Read(await AskAsync(() => Database.StringGetAsync(Key(key), CommandFlags.DemandMaster), cancellationToken), Now);

    public ValueTask<IReadOnlyList<StoredRecord?>> GetManyAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken = default
    ) => keys.Count == 0 ? new([]) : TogetherAsync(inCluster => GetManyAsync(keys, inCluster, cancellationToken));

    public async ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        (await AddOrGetAsync(key, write, cancellationToken)).Version;

    public ValueTask<AddResult> AddOrGetAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        TogetherAsync(inCluster => AddAsync(new RedisWrite(key, write, Now), inCluster, cancellationToken));

    public ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) => TogetherAsync(inCluster => ReplaceAsync(new RedisWrite(key, write, Now), expectedVersion, inCluster, cancellationToken));

    public async ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
        RedisRecord.Read(await RunAsync(key, () => Database.StringGetDeleteAsync(Key(key)), cancellationToken), Now);

    public async ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        (int)
            await RunAsync(
                RedisScripts.Remove,
                key,
                [],
                [Now, expectedVersion is { } version ? RedisRecord.Version(version) : RedisValue.EmptyString],
                cancellationToken
            ) == 1;

    // A write on this connection after the read: replicas that have it have everything before it.
    public async ValueTask ConfirmAsync(string key, CancellationToken cancellationToken = default)
    {
        if (_replicas > 0)
        {
            await RunAsync(
                key,
                () => Database.StringSetAsync(Key("confirmed:" + key), RedisValue.EmptyString, s_confirmation),
                cancellationToken
            );
        }
    }

    public async IAsyncEnumerable<string> ListAsync(string index, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // A cursor may return a member twice while the index grows.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var cursor = "0";
        do
        {
            var position = cursor;
            var page = await AskAsync(
                () =>
                    Database.ExecuteAsync(
                        "ZSCAN",
                        [IndexKey(RedisIndex.Digest(index)), position, "COUNT", PageSize],
                        CommandFlags.DemandMaster
                    ),
                cancellationToken
            );
            cursor = (string)page[0]!;
            var members = ((string[])page[1]!).Where((_, number) => number % 2 == 0).Where(seen.Add).ToArray();
            foreach (var key in await LiveAsync(index, members, cancellationToken))
            {
                yield return key;
            }
        } while (cursor != "0");
    }

    public IAsyncEnumerable<string> ScanAsync(string prefix, CancellationToken cancellationToken = default) =>
        KeyPage.AllAsync(after => ScanPageAsync(prefix, after, PageSize, cancellationToken), cancellationToken);

    public async ValueTask<KeyPage> ListPageAsync(string index, string? after, int size, CancellationToken cancellationToken = default)
    {
        // By expiry rather than by cursor, which returns a small index all at once. An entry that moves during the listing only moves
        // forward.
        var place = RedisPlace.InIndex(after);
        var keys = new List<string>();
        for (var batch = 0; batch < MaximumBatches && keys.Count < size; batch++)
        {
            var entries = await EntriesAfterAsync(index, place, size - keys.Count, cancellationToken);
            if (entries.Length == 0)
            {
                return new KeyPage(keys, Next: null);
            }

            keys.AddRange(await LiveAsync(index, [.. entries.Select(entry => (string)entry.Element!)], cancellationToken));
            place = ((long)entries[^1].Score, entries[^1].Element!);
        }

        return new KeyPage(keys, RedisPlace.Write(place));
    }

    public async ValueTask<KeyPage> ScanPageAsync(string prefix, string? after, int size, CancellationToken cancellationToken = default)
    {
        // These are special characters in a pattern; every key of ours contains a brace, which is not.
        var pattern = Regex.Replace(_prefix + prefix, @"[\\*?\[\]^-]", @"\$0") + "*";
        var primaries = _primaries
            .Current.GetServers()
            .Where(server => !server.IsReplica)
            .OrderBy(server => server.EndPoint.ToString(), StringComparer.Ordinal)
            .ToArray();
        var (node, cursor) = RedisPlace.InScan(after);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var looked = 0; node < primaries.Length && keys.Count < size && looked < MaximumLooked; )
        {
            // Requests as many as needed to fill the page, given the density so far: one kind of record may be half of the keys or one in
            // a million.
            // Never more than all previous requests together, so that a lucky streak does not fill several pages at once.
            var count = Math.Clamp(
                (looked + 1) * (size - keys.Count) / Math.Max(1, keys.Count),
                size,
                Math.Clamp(looked, size, MaximumCount)
            );
            var (server, position) = (primaries[node], cursor);
            var page = await AskAsync(() => server.ExecuteAsync("SCAN", position, "MATCH", pattern, "COUNT", count), cancellationToken);
            keys.UnionWith(((string[])page[1]!).Select(key => key[_prefix.Length..]));
            looked += count;
            (node, cursor) = (string)page[0]! is "0" ? (node + 1, "0") : (node, (string)page[0]!);
        }

        return new KeyPage([.. keys], node < primaries.Length ? RedisPlace.Write((node, cursor)) : null);
    }

    // Completed by the client library, not the server: a signal that cannot be sent is treated as missed.
    public ValueTask SignalAsync(string channel) => TellAsync(channel, "");

    public async ValueTask TellAsync(string channel, string message) =>
        await redis.GetSubscriber().PublishAsync(Channel(channel), message, CommandFlags.FireAndForget);

    public ValueTask<IAsyncDisposable?> ListenAsync(string channel, Action signalled, CancellationToken cancellationToken = default) =>
        HearAsync(channel, _ => signalled(), cancellationToken);

    public async ValueTask<IAsyncDisposable?> HearAsync(string channel, Action<string> told, CancellationToken cancellationToken = default)
    {
        // The library resubscribes by itself after a lost connection.
        var subscriber = redis.GetSubscriber();
        void Call(RedisChannel from, RedisValue message) => told(message.ToString());
        Task StopAsync() => subscriber.UnsubscribeAsync(Channel(channel), Call, CommandFlags.FireAndForget);
        try
        {
            await AskAsync(
                async () =>
                {
                    await subscriber.SubscribeAsync(Channel(channel), Call);
                    return true;
                },
                cancellationToken
            );
        }
        catch
        {
            // The library keeps a handler, and the caller will come with another one.
            await StopAsync();
            throw;
        }

        return new Listening(StopAsync);
    }

    private RedisChannel Channel(string channel) => RedisChannel.Literal(_prefix + channel);

    private async Task<SortedSetEntry[]> EntriesAfterAsync(
        string index,
        (long Number, string Text) place,
        int size,
        CancellationToken cancellationToken
    )
    {
        // Of those that expire at the same moment, the first may already have been returned.
        for (var skip = 0; ; skip += size)
        {
            var passed = skip;
            var entries = await AskAsync(
                () =>
                    Database.SortedSetRangeByScoreWithScoresAsync(
                        IndexKey(RedisIndex.Digest(index)),
                        place.Number,
                        skip: passed,
                        take: size,
                        flags: CommandFlags.DemandMaster
                    ),
                cancellationToken
            );
            var further = entries
                .Where(entry => entry.Score > place.Number || string.CompareOrdinal(entry.Element, place.Text) > 0)
                .ToArray();
            if (further.Length > 0 || entries.Length < size)
            {
                return further;
            }
        }
    }

    /// <summary>
    /// The members of an index whose record is live and is itself marked as a member. Dead members stay until they expire: a missing
    /// record may belong to a writer that has written the index but not yet the record.
    /// </summary>
    private async Task<IEnumerable<string>> LiveAsync(string index, string[] members, CancellationToken cancellationToken)
    {
        var headers = await AskAsync(() => Task.WhenAll(members.Select(HeaderAsync)), cancellationToken);
        var (now, digest) = (Now, RedisIndex.Digest(index));
        return members.Where((_, number) => RedisRecord.IsIn(digest, headers[number], now));
    }

    private async Task<byte[]> HeaderAsync(string key)
    {
        byte[] start =
            (byte[]?)await Database.StringGetRangeAsync(Key(key), 0, RedisRecord.UsualHeaderSize - 1, CommandFlags.DemandMaster) ?? [];
        var size = RedisRecord.HeaderSize(start);
        return size <= start.Length
            ? start
            : (byte[]?)await Database.StringGetRangeAsync(Key(key), 0, size - 1, CommandFlags.DemandMaster) ?? [];
    }

    private async Task<IReadOnlyList<StoredRecord?>> GetManyAsync(
        IReadOnlyList<string> keys,
        bool inCluster,
        CancellationToken cancellationToken
    )
    {
        RedisKey[] all = [.. keys.Select(Key)];
        var found = await AskAsync(
            () =>
                inCluster
                    ? Task.WhenAll(all.Select(key => Database.StringGetAsync(key, CommandFlags.DemandMaster)))
                    : Database.StringGetAsync(all, CommandFlags.DemandMaster),
            cancellationToken
        );
        var now = Now;
        return [.. found.Select(record => RedisRecord.Read(record, now))];
    }

    private async Task<AddResult> AddAsync(RedisWrite write, bool inCluster, CancellationToken cancellationToken)
    {
        RedisValue record = write.Record();
        if (write is { Indexes.Length: 0, IsPast: false })
        {
            // Does what the script would do, in a third of the server's time. The script is needed only if an entry has expired.
            var found = await RunAsync(
                write.Key,
                () => Database.StringSetAndGetAsync(Key(write.Key), record, write.Life, keepTtl: false, When.NotExists),
                cancellationToken
            );
            if (found.IsNull || RedisRecord.Read(found, write.Now) is not null)
            {
                return Added(write, found);
            }
        }

        if (inCluster)
        {
            await JoinAsync(write, write.Indexes, cancellationToken);
        }

        var answer = await RunAsync(
            RedisScripts.Add,
            write.Key,
            inCluster ? [] : write.Indexes,
            [.. write.Arguments(), record],
            cancellationToken
        );
        return Added(write, (byte[]?)answer);
    }

    private static AddResult Added(RedisWrite write, byte[]? there) =>
        there is null ? new AddResult(write.Version, Existing: null) : new AddResult(Version: null, RedisRecord.Read(there, write.Now));

    private async Task<long?> ReplaceAsync(RedisWrite write, long expectedVersion, bool inCluster, CancellationToken cancellationToken)
    {
        Task<RedisResult> SwapAsync(byte[][] indexes, bool mayJoin) =>
            RunAsync(
                RedisScripts.Replace,
                write.Key,
                inCluster ? [] : indexes,
                write.Arguments(expectedVersion, indexes, mayJoin),
                cancellationToken
            );

        var answer = await SwapAsync(write.Indexes, mayJoin: !inCluster);
        if (answer.Resp2Type == ResultType.Array)
        {
            // The record is to outlive its entries in indexes that the write does not name or, in a cluster, in any index.
            var missing = (byte[][])answer!;
            if (inCluster)
            {
                await JoinAsync(write, missing, cancellationToken);
            }

            answer = await SwapAsync(inCluster ? missing : [.. write.Indexes, .. missing], mayJoin: true);
        }

        return (int)answer == 1 ? write.Version : null;
    }

    /// <summary>Runs before the record is written, so that a crash between the two leaves an index with too many entries, never too
    /// few.</summary>
    private async Task JoinAsync(RedisWrite write, byte[][] indexes, CancellationToken cancellationToken)
    {
        var arguments = write.Arguments();
        await AskAsync(
            () => Task.WhenAll(indexes.Select(index => Database.ScriptEvaluateAsync(RedisScripts.Join, [IndexKey(index)], arguments))),
            cancellationToken
        );
    }

    /// <summary>Retries, and from then on works as in a cluster: a proxy makes a cluster look like one server but rejects commands with
    /// keys of several nodes.</summary>
    private async ValueTask<T> TogetherAsync<T>(Func<bool, Task<T>> command)
    {
        try
        {
            return await command(IsCluster);
        }
        catch (StoreUnavailableException exception) when (IsAcrossSlots(exception.InnerException))
        {
            _isCluster = true;
            return await command(true);
        }
    }

    private static bool IsAcrossSlots(Exception? exception) =>
        exception is RedisServerException { Message: var message } && message.StartsWith("CROSSSLOT", StringComparison.Ordinal);

    private Task<RedisResult> RunAsync(
        string script,
        string key,
        byte[][] indexes,
        RedisValue[] arguments,
        CancellationToken cancellationToken
    )
    {
        var keys = new RedisKey[1 + indexes.Length];
        keys[0] = Key(key);
        for (var number = 0; number < indexes.Length; number++)
        {
            keys[1 + number] = IndexKey(indexes[number]);
        }

        return RunAsync(key, () => Database.ScriptEvaluateAsync(script, keys, arguments), cancellationToken);
    }

    private static bool? FindOutIfCluster(IServer[] servers) =>
        servers.Any(server => server.IsConnected) ? servers.Any(server => server.ServerType == ServerType.Cluster) : null;

    private RedisKey Key(string key) => _prefix + key;

    private RedisKey IndexKey(ReadOnlySpan<byte> digest) => _prefix + RedisIndex.Key(digest);
}
