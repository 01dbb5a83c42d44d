namespace McpOidc.Storage;

/// <summary>What ends listening to hints of a store.</summary>
internal sealed class Listening(Func<Task> end) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await end();
}
