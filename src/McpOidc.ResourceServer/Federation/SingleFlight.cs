using System.Collections.Concurrent;

namespace McpOidc.Federation;

/// <summary>Callers that ask for the same thing at the same time within this process share one answer.</summary>
internal sealed class SingleFlight<TResult>
{
    private readonly ConcurrentDictionary<string, Lazy<Task<TResult>>> _running = new(StringComparer.Ordinal);

    /// <param name="key">What is asked for.</param>
    /// <param name="work">Does it; runs to its end even when the one who began it gives up, since others wait for it.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Cancels this caller's wait only; the shared work continues.</param>
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
        // Off the caller's stack, so that the entry is in the dictionary before it can be removed.
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
