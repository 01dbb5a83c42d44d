namespace McpOidc.Storage;

/// <summary>Ends listening to a store's signals when disposed.</summary>
internal sealed class Listening(Func<Task> end) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await end();
}
