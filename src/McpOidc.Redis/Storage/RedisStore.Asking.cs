using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>How Redis is asked: the one primary, no longer than a person would wait, and with the replicas that were asked for.</summary>
internal sealed partial class RedisStore
{
    private Task<T> RunAsync<T>(string key, Func<Task<T>> command, CancellationToken cancellationToken) =>
        AskAsync(() => _replicas == 0 ? command() : RunOnReplicasTooAsync(Key(key), command), cancellationToken);

    /// <summary>WAIT speaks of the writes of its own connection: both commands go to the same node, one behind the other.</summary>
    private async Task<T> RunOnReplicasTooAsync<T>(RedisKey key, Func<Task<T>> command)
    {
        var written = command();
        var confirmed = _primaries.Current.GetServer(key).ExecuteAsync("WAIT", _replicas, (long)Patience.TotalMilliseconds / 2);
        var answer = await written;
        return (int)await confirmed >= _replicas
            ? answer
            : throw new TimeoutException($"Fewer than {_replicas} replicas confirmed the write.");
    }

    /// <summary>Asks the one primary. What became one of two while it answered may have taken a write that is lost.</summary>
    private async Task<T> AskAsync<T>(Func<Task<T>> command, CancellationToken cancellationToken)
    {
        await RequireOnePrimaryAsync(cancellationToken);
        var asked = _primaries.Current;
        var answer = await AskAnyAsync(command, cancellationToken);
        await RequireOnePrimaryAsync(cancellationToken);
        return _primaries.Current == asked ? answer : throw new StoreUnavailableException("Another node became the primary meanwhile.");
    }

    private Task RequireOnePrimaryAsync(CancellationToken cancellationToken) =>
        _primaries.IsOne ? Task.CompletedTask : _primaries.RequireOneAsync().WaitAsync(cancellationToken);

    /// <summary>Waits, and says the one thing that callers handle when there is no answer.</summary>
    private async Task<T> AskAnyAsync<T>(Func<Task<T>> command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await command().WaitAsync(Patience, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // RedisException covers lost connections and what the server refuses to do: LOADING, READONLY, OOM, CLUSTERDOWN, NOAUTH, …
            throw new StoreUnavailableException("Redis did not answer or refused the command.", exception);
        }
    }
}
