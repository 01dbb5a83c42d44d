namespace McpOidc.Testing.Storage;

internal sealed partial class StoreRequirements
{
    public async Task A_hint_reaches_those_who_listen_to_its_channel_until_they_stop()
    {
        var (one, other) = (await CreateStoreAsync(Clock), await CreateStoreAsync(Clock));
        var heard = new SemaphoreSlim(0);
        var elsewhere = 0;
        await using var unrelated = await one.ListenAsync("signal:other", () => Interlocked.Increment(ref elsewhere), Limit);
        var listening = await one.ListenAsync("signal:test", () => heard.Release(), Limit);
        if (listening is null)
        {
            // A store may have no signals: sending one then does nothing, and there is nothing to wait for.
            await other.SignalAsync("signal:test");
            return;
        }

        await other.SignalAsync("signal:test");
        Assert.True(await heard.WaitAsync(s_patience, Limit));
        await listening.DisposeAsync();
        var last = new SemaphoreSlim(0);
        await using var after = await one.ListenAsync("signal:last", () => last.Release(), Limit);
        await other.SignalAsync("signal:test");
        await other.SignalAsync("signal:last");
        Assert.True(await last.WaitAsync(s_patience, Limit));
        Assert.Equal((0, 0), (heard.CurrentCount, elsewhere));
    }
}
