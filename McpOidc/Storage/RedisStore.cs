using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>
/// The shared store: Redis or what speaks its protocol, alone, behind sentinels or as a cluster. Every operation is one round trip; a
/// write by which a record joins an index, or would outlive its entry there, is two more in a cluster.
/// </summary>
internal sealed class RedisStore(IConnectionMultiplexer redis, IOptions<RedisStoreOptions> options, TimeProvider clock) : IMcpOidcStore
{
    private const string Never = "never";
    private const int PageSize = 250;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly long s_never = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly long s_longestSlack = (long)TimeSpan.FromDays(30).TotalMilliseconds;
    private static readonly RedisValue[] s_recordFields = ["v", "d", "e"];
    private readonly string _prefix = options.Value.KeyPrefix;
    private readonly int _replicas = options.Value.WaitForReplicas;
    private bool? _isCluster;

    private IDatabase Database => redis.GetDatabase();

    // Known once a server has told what it is.
    private bool IsCluster => (_isCluster ??= FindOutIfCluster(redis.GetServers())) ?? true;
    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        // Never from a replica: a redeemed code or an ended grant may still look alive there.
        var found = await AskAsync(() => Database.HashGetAsync(Key(key), s_recordFields, CommandFlags.DemandMaster), cancellationToken);
        return found[0].IsNull || (long)found[2] <= Now ? null : new StoredRecord((byte[])found[1]!, (long)found[0]);
    }

    public async ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default)
    {
        var version = RecordVersion.Next();
        var joined = JoinAsync(key, write, write.Indexes, cancellationToken);
        if (IsCluster)
        {
            await joined;
        }

        // On one server what is sent first is carried out first: the index before the record, without waiting in between.
        var added = RunAsync(RedisScripts.Add, key, WriteArguments(write, version, RedisValue.EmptyString, JoinedUntil(write)), cancellationToken);
        await Task.WhenAll(joined, added);
        return (int)await added == 1 ? version : null;
    }

    public async ValueTask<long?> ReplaceAsync(string key, long expectedVersion, StoreWrite write, CancellationToken cancellationToken = default)
    {
        var version = RecordVersion.Next();
        var answer = await SwapAsync(key, expectedVersion, write, version, joinedUntil: 0, cancellationToken);
        if (answer.Resp2Type == ResultType.Array)
        {
            // The record is new to some indexes, or is to live longer than its entries in them.
            string[] indexes = (string[])answer!;
            write = write with { Indexes = indexes };
            await JoinAsync(key, write, indexes, cancellationToken);
            answer = await SwapAsync(key, expectedVersion, write, version, JoinedUntil(write), cancellationToken);
        }

        return (int)answer == 1 ? version : null;
    }

    public async ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default)
    {
        var answer = await RunAsync(RedisScripts.Take, key, [Now], cancellationToken);
        return answer.IsNull ? null : new StoredRecord((byte[])answer[1]!, (long)answer[0]);
    }

    public async ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default)
        => (int)await RunAsync(RedisScripts.Remove, key, [Now, expectedVersion ?? RedisValue.EmptyString], cancellationToken) == 1;

    public async IAsyncEnumerable<string> ListAsync(string index, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // A cursor may show a member twice while the index grows.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var cursor = "0";
        do
        {
            var position = cursor;
            var page = await AskAsync(
                () => Database.ExecuteAsync("ZSCAN", [Key(index), position, "COUNT", PageSize], CommandFlags.DemandMaster), cancellationToken);
            cursor = (string)page[0]!;
            var members = ((string[])page[1]!).Where((_, number) => number % 2 == 0).Where(seen.Add).ToArray();
            foreach (var key in await LiveAsync(index, members, cancellationToken))
            {
                yield return key;
            }
        }
        while (cursor != "0");
    }

    public async IAsyncEnumerable<string> ScanAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // In a pattern these have a meaning; every key of ours contains a brace, which has none.
        var pattern = Regex.Replace(_prefix + prefix, @"[\\*?\[\]^-]", @"\$0") + "*";
        foreach (var primary in redis.GetServers().Where(server => !server.IsReplica))
        {
            var cursor = "0";
            do
            {
                var position = cursor;
                var page = await AskAsync(() => primary.ExecuteAsync("SCAN", position, "MATCH", pattern, "COUNT", PageSize), cancellationToken);
                cursor = (string)page[0]!;
                foreach (var key in (string[])page[1]!)
                {
                    yield return key[_prefix.Length..];
                }
            }
            while (cursor != "0");
        }
    }

    public async ValueTask SignalAsync(string channel)
        // Answered by the client library, not by the server: a hint that cannot be sent is a hint that was missed.
        => await redis.GetSubscriber().PublishAsync(Channel(channel), RedisValue.EmptyString, CommandFlags.FireAndForget);

    public async ValueTask<IAsyncDisposable?> ListenAsync(string channel, Action signalled, CancellationToken cancellationToken = default)
    {
        // The library subscribes again by itself after a lost connection.
        var subscriber = redis.GetSubscriber();
        void Call(RedisChannel from, RedisValue message) => signalled();
        await AskAsync(async () => { await subscriber.SubscribeAsync(Channel(channel), Call); return true; }, cancellationToken);
        return new Listening(() => subscriber.UnsubscribeAsync(Channel(channel), Call, CommandFlags.FireAndForget));
    }

    /// <summary>What each primary that can be reached does when its memory is full.</summary>
    public async Task<IReadOnlyList<(string Server, string Policy)>> FindEvictionPoliciesAsync(CancellationToken cancellationToken)
    {
        var primaries = redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).ToList();
        // By a script: the library keeps INFO itself for connections that may administer the server.
        var memory = await AskAsync(() => Task.WhenAll(primaries.Select(server => server.ExecuteAsync("EVAL", RedisScripts.Memory, 0))), cancellationToken);
        return [.. primaries.Zip(memory, (server, text) => ($"{server.EndPoint}", PolicyIn((string)text!)))];
    }

    private static string PolicyIn(string info)
    {
        const string Name = "maxmemory_policy:";
        return info.Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..].Trim() ?? "";
    }

    private RedisChannel Channel(string channel) => RedisChannel.Literal(_prefix + channel);

    /// <summary>
    /// Of the members of an index, those whose record lives and says itself that it is in the index. Dead members stay until their
    /// expiry: one whose record is not there may belong to a writer that has written the index and not yet the record.
    /// </summary>
    private async Task<IEnumerable<string>> LiveAsync(string index, string[] members, CancellationToken cancellationToken)
    {
        RedisValue[] fields = ["e", $"i:{index}"];
        var found = await AskAsync(
            () => Task.WhenAll(members.Select(key => Database.HashGetAsync(Key(key), fields, CommandFlags.DemandMaster))), cancellationToken);
        var now = Now;
        return members.Where((_, number) => !found[number][1].IsNull && (long)found[number][0] > now);
    }

    /// <summary>Comes before the record, so that after a crash between the two an index holds too much and never too little.</summary>
    private async Task JoinAsync(string key, StoreWrite write, IReadOnlyList<string> indexes, CancellationToken cancellationToken)
    {
        var now = Now;
        if (indexes.Count == 0 || Expiry(write) <= now)
        {
            return;
        }

        var until = JoinedUntil(write);
        RedisValue[] arguments = [now, key, until, Life(until, now)];
        await AskAsync(
            () => Task.WhenAll(indexes.Select(index => Database.ScriptEvaluateAsync(RedisScripts.Join, [Key(index)], arguments))), cancellationToken);
    }

    private Task<RedisResult> SwapAsync(string key, long expectedVersion, StoreWrite write, long version, long joinedUntil, CancellationToken cancellationToken)
        => RunAsync(RedisScripts.Replace, key, WriteArguments(write, version, expectedVersion, joinedUntil), cancellationToken);

    private RedisValue[] WriteArguments(StoreWrite write, long version, RedisValue expectedVersion, long joinedUntil)
    {
        var now = Now;
        return [now, version, write.Value, Expiry(write), Life(Expiry(write), now), expectedVersion, joinedUntil, .. write.Indexes.Select(index => (RedisValue)index)];
    }

    /// <summary>
    /// When the entries of a record in its indexes end: later than the record by a quarter of its life, so that a record whose life is
    /// prolonged at every use, as a grant's is, need not join again each time.
    /// </summary>
    private long JoinedUntil(StoreWrite write)
    {
        var expiry = write.IndexedUntil > write.ExpiresAt ? write.IndexedUntil.Value.ToUnixTimeMilliseconds() : Expiry(write);
        return expiry == s_never ? expiry : expiry + Math.Min(Math.Max(expiry - Now, 0) / 4, s_longestSlack);
    }

    private Task<RedisResult> RunAsync(string script, string key, RedisValue[] arguments, CancellationToken cancellationToken)
        => AskAsync(() => _replicas == 0 ? Database.ScriptEvaluateAsync(script, [Key(key)], arguments) : RunOnReplicasTooAsync(script, Key(key), arguments), cancellationToken);

    /// <summary>WAIT speaks of the writes of its own connection: both commands go to the same node, one behind the other.</summary>
    private async Task<RedisResult> RunOnReplicasTooAsync(string script, RedisKey key, RedisValue[] arguments)
    {
        var written = Database.ScriptEvaluateAsync(script, [key], arguments);
        var confirmed = redis.GetServer(key).ExecuteAsync("WAIT", _replicas, (long)s_patience.TotalMilliseconds / 2);
        var answer = await written;
        return (int)await confirmed >= _replicas ? answer : throw new TimeoutException($"Fewer than {_replicas} replicas confirmed the write.");
    }

    private static bool? FindOutIfCluster(IServer[] servers)
        => servers.Any(server => server.IsConnected) ? servers.Any(server => server.ServerType == ServerType.Cluster) : null;

    private RedisKey Key(string key) => _prefix + key;

    private static long Expiry(StoreWrite write) => write.ExpiresAt.ToUnixTimeMilliseconds();

    private static RedisValue Life(long expiry, long now) => expiry == s_never ? Never : (expiry - now).ToString(CultureInfo.InvariantCulture);

    /// <summary>Waits no longer than a person would, and says the one thing that callers handle when there is no answer.</summary>
    private static async Task<T> AskAsync<T>(Func<Task<T>> command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await command().WaitAsync(s_patience, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // RedisException covers lost connections and what the server refuses to do: LOADING, READONLY, OOM, CLUSTERDOWN, NOAUTH, …
            throw new StoreUnavailableException("Redis did not answer or refused the command.", exception);
        }
    }
}
