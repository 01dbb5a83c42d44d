namespace McpOidc.Tests.Hosting;

/// <summary>One Redis server for all tests of a class; started by the first test that needs it, so skipped tests do not start it.</summary>
public sealed class RedisServerFixture : IAsyncLifetime
{
    private readonly Lazy<Task<RedisServer>> _server = new(() => RedisServer.StartAsync());

    /// <summary>The running server.</summary>
    public Task<RedisServer> ServerAsync() => _server.Value;

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _server.Value).DisposeAsync();
        }
    }
}
