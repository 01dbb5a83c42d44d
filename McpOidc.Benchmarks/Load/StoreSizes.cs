using StackExchange.Redis;

namespace McpOidc.Benchmarks.Load;

/// <summary>The size of a Redis key.</summary>
/// <param name="Bytes">The bytes that Redis needs for it (<c>MEMORY USAGE</c>, all elements counted).</param>
/// <param name="Plain">The length of the stored data, without keys: strings, fields and values, members.</param>
/// <param name="Ends">Whether it has an expiry.</param>
internal sealed record StoredSize(long Bytes, long Plain, bool Ends);

/// <summary>The sizes of all keys at one moment.</summary>
internal sealed class StoreSizes(IReadOnlyDictionary<string, StoredSize> keys)
{
    public int Count => keys.Count;

    public long Bytes => keys.Values.Sum(key => key.Bytes);

    public long Plain => keys.Values.Sum(key => key.Plain);

    public int Endless => keys.Values.Count(key => !key.Ends);

    /// <summary>By kind of key, which is the key up to its first brace or its last colon.</summary>
    public IEnumerable<(string Kind, StoreSizes Sizes)> Kinds =>
        keys.GroupBy(key => KindOf(key.Key), StringComparer.Ordinal)
            .OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => (kind.Key, new StoreSizes(kind.ToDictionary())));

    public static async Task<StoreSizes> ReadAsync(ConnectionMultiplexer redis)
    {
        var (server, database) = (redis.GetServers()[0], redis.GetDatabase());
        var sizes = new Dictionary<string, StoredSize>(StringComparer.Ordinal);
        await foreach (var key in server.KeysAsync(pageSize: 1000))
        {
            var bytes = await database.ExecuteAsync("MEMORY", "USAGE", key, "SAMPLES", "0");
            // Otherwise it has expired in the meantime.
            if (!bytes.IsNull)
            {
                sizes[key!] = new StoredSize(
                    (long)bytes,
                    await PlainAsync(database, key),
                    await database.KeyTimeToLiveAsync(key) is not null
                );
            }
        }

        return new StoreSizes(sizes);
    }

    /// <summary>The current keys that an earlier snapshot did not have.</summary>
    public StoreSizes Without(StoreSizes earlier) => new(keys.Where(key => !earlier.Has(key.Key)).ToDictionary());

    private bool Has(string key) => keys.ContainsKey(key);

    private static async Task<long> PlainAsync(IDatabase database, RedisKey key) =>
        await database.KeyTypeAsync(key) switch
        {
            RedisType.String => await database.StringLengthAsync(key),
            RedisType.Hash => (await database.HashGetAllAsync(key)).Sum(field => field.Name.Length() + field.Value.Length()),
            RedisType.Set => (await database.SetMembersAsync(key)).Sum(member => member.Length()),
            RedisType.SortedSet => (await database.SortedSetRangeByRankAsync(key)).Sum(member => member.Length()),
            RedisType.List => (await database.ListRangeAsync(key)).Sum(value => value.Length()),
            // Deleted since it was listed.
            RedisType.None => 0,
            var other => throw new InvalidOperationException($"{key} is a {other}, whose length the rig does not know."),
        };

    private static string KindOf(string key) =>
        key.IndexOf('{', StringComparison.Ordinal) is >= 0 and var brace ? key[..brace] : key[..(key.LastIndexOf(':') + 1)];
}
