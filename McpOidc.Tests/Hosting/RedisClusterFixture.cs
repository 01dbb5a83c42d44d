namespace McpOidc.Tests.Hosting;

/// <summary>One Redis Cluster for all tests of a class; started by the first test that needs it, so skipped tests do not start
/// it.</summary>
public sealed class RedisClusterFixture : IAsyncLifetime
{
    private readonly Lazy<Task<RedisCluster>> _cluster = new(() => RedisCluster.StartAsync());

    /// <summary>The running cluster.</summary>
    public Task<RedisCluster> ClusterAsync() => _cluster.Value;

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_cluster is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _cluster.Value).DisposeAsync();
        }
    }
}
