using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Storage;

public sealed class RedisListenerTests
{
    [RedisFact]
    public async Task A_listener_that_could_not_be_added_hears_nothing_later()
    {
        await using var redis = await RedisServer.StartAsync();
        var store = new RedisStore(await redis.ConnectAsync(), Options.Create(new RedisStoreOptions()), TimeProvider.System)
        {
            Patience = TimeSpan.FromMilliseconds(300),
        };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var heard = 0;
        await redis.PauseAsync();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => ListenAsync().AsTask());
        }

        await redis.ResumeAsync();
        await using var listening = await UntilItAnswersAsync();
        var signalled = new TaskCompletionSource();
        await using var other = await store.ListenAsync("test-signal", signalled.SetResult, limit.Token);
        await store.SignalAsync("test-signal");
        await signalled.Task.WaitAsync(limit.Token);
        Assert.Equal(1, Volatile.Read(ref heard));

        ValueTask<IAsyncDisposable?> ListenAsync() => store.ListenAsync("test-signal", () => Interlocked.Increment(ref heard), limit.Token);

        async Task<IAsyncDisposable?> UntilItAnswersAsync()
        {
            while (true)
            {
                try
                {
                    return await ListenAsync();
                }
                catch (StoreUnavailableException)
                {
                    // The connection is not back yet.
                }
            }
        }
    }
}
