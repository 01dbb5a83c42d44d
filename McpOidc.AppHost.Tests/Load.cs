namespace McpOidc.AppHost.Tests;

/// <summary>Sends calls continuously, one after the other, and counts them.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;
    private TaskCompletionSource _success = new();

    private Load(Func<Task> call) => _running = RunAsync(call);

    public static Load Start(Func<Task> call) => new(call);

    /// <summary>Waits for a call that starts after this moment and succeeds.</summary>
    public Task SucceedsAsync(TimeSpan patience)
    {
        _success = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _success.Task.WaitAsync(patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private async Task RunAsync(Func<Task> call)
    {
        await Task.Yield();
        while (!_end.IsCancellationRequested)
        {
            var success = _success;
            try
            {
                await call();
                success.TrySetResult();
            }
            catch (Exception exception)
                when (exception is HttpRequestException or ModelContextProtocol.McpException or InvalidOperationException)
            {
                // A part of the system is down, because the test took it down.
            }
        }
    }
}
