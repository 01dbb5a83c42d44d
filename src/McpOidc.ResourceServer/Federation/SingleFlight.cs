using System.Collections.Concurrent;

namespace McpOidc.Federation;

/// <summary>Concurrent callers in this process with the same key share one result.</summary>
internal sealed class SingleFlight<TResult>
{
    private readonly ConcurrentDictionary<string, Lazy<Task<TResult>>> _running = new(StringComparer.Ordinal);

    /// <param name="key">The key.</param>
    /// <param name="work">The operation; it continues even if the caller that started it is canceled, because others wait for it.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Cancels this caller's wait only; the shared work
    /// continues.</param>
    public Task<TResult> RunAsync(string key, Func<Task<TResult>> work, CancellationToken cancellationToken)
    {
        var flight = _running.GetOrAdd(
            key,
            static (key, state) => new Lazy<Task<TResult>>(() => state.self.RunAndForgetAsync(key, state.work)),
            (self: this, work)
        );
        return flight.Value.WaitAsync(cancellationToken);
    }

    private async Task<TResult> RunAndForgetAsync(string key, Func<Task<TResult>> work)
    {
        // Not on the caller's stack, so that the entry is in the dictionary before it can be removed.
        await Task.Yield();
        try
        {
            return await work();
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }
}
