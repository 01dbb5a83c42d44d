using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Storage;

[RequiresRedis]
public sealed class RedisClusterStoreTests(RedisClusterFixture fixture) : StoreContractTests, IClassFixture<RedisClusterFixture>
{
    private readonly RedisStoreOptions _options = new() { KeyPrefix = $"{Guid.NewGuid():N}:" };

    protected override async Task<IMcpOidcStore> CreateStoreAsync(TimeProvider clock)
    {
        var cluster = await fixture.ClusterAsync();
        return new RedisStore(await cluster.ConnectionAsync(), Options.Create(_options), clock) { Patience = RedisStoreTests.Patience };
    }

    [RedisFact]
    public async Task Records_of_one_index_are_spread_over_all_nodes()
    {
        var store = await CreateStoreAsync(Clock);
        var keys = Enumerable.Range(0, 60).Select(number => $"test:{{{number}}}").ToArray();
        foreach (var key in keys)
        {
            await store.AddAsync(key, Hour(key, "index:test:{owner}"), Limit);
        }

        var connection = await (await fixture.ClusterAsync()).ConnectionAsync();
        var nodes = keys.Select(key => connection.GetDatabase().IdentifyEndpoint(_options.KeyPrefix + key)).Distinct();
        Assert.Equal(3, nodes.Count());
        Assert.Equal(keys.Order(StringComparer.Ordinal), await MembersAsync(store, "index:test:{owner}"));
    }

    [RedisFact]
    public async Task A_record_that_has_already_expired_leaves_the_other_members_of_its_index()
    {
        const string Index = "index:test:{past}";
        var store = await CreateStoreAsync(Clock);
        var past = Hour("b", Index) with { ExpiresAt = Clock.GetUtcNow().AddSeconds(-1) };
        await store.AddAsync("test:{b}", past, Limit);
        Assert.Empty(await MembersAsync(store, Index));
        await store.AddAsync("test:{a}", Hour("a", Index), Limit);
        await store.AddAsync("test:{b}", past, Limit);
        Assert.Equal(["test:{a}"], await MembersAsync(store, Index));
    }
}
