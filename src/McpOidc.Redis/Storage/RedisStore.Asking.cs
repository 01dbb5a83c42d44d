using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>Sends commands to Redis: to the single primary, with a time-out that suits interactive use, and waiting for replicas if
/// configured.</summary>
internal sealed partial class RedisStore
{
    private Task<T> RunAsync<T>(string key, Func<Task<T>> command, CancellationToken cancellationToken) =>
        AskAsync(() => _replicas == 0 ? command() : RunOnReplicasTooAsync(Key(key), command), cancellationToken);

    /// <summary>WAIT covers the writes of its own connection: both commands go to the same node, in sequence.</summary>
    private async Task<T> RunOnReplicasTooAsync<T>(RedisKey key, Func<Task<T>> command)
    {
        var written = command();
        var confirmed = _primaries.Current.GetServer(key).ExecuteAsync("WAIT", _replicas, (long)Patience.TotalMilliseconds / 2);
        var answer = await written;
        return (int)await confirmed >= _replicas
            ? answer
            : throw new TimeoutException($"Fewer than {_replicas} replicas confirmed the write.");
    }

    /// <summary>Sends a command to the single primary. If another node became the primary meanwhile, a write may be lost.</summary>
    private async Task<T> AskAsync<T>(Func<Task<T>> command, CancellationToken cancellationToken)
    {
        await RequireOnePrimaryAsync(cancellationToken);
        var asked = _primaries.Current;
        var answer = await AskAnyAsync(command, cancellationToken);
        await RequireOnePrimaryAsync(cancellationToken);
        return _primaries.Current == asked
            ? answer
            : throw new StoreUnavailableException("Another Redis node became the primary during the request.");
    }

    private Task RequireOnePrimaryAsync(CancellationToken cancellationToken) =>
        _primaries.IsOne ? Task.CompletedTask : _primaries.RequireOneAsync().WaitAsync(cancellationToken);

    /// <summary>Waits for a response, and converts failures to the one exception that callers handle.</summary>
    private async Task<T> AskAnyAsync<T>(Func<Task<T>> command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await command().WaitAsync(Patience, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // RedisException covers lost connections and errors returned by the server: LOADING, READONLY, OOM, CLUSTERDOWN, NOAUTH, …
            throw new StoreUnavailableException("Redis did not respond or rejected the command.", exception);
        }
    }
}
