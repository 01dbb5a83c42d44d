using System.Diagnostics;
using McpOidc.Storage;

namespace McpOidc.Telemetry;

/// <summary>Measures store operations, and shows them in traces by the kind of record, never by its key.</summary>
internal sealed class MeasuredStore(IMcpOidcStore inner, Metrics metrics, StoreWrites writes) : IMcpOidcStore, IAsyncDisposable
{
    private static readonly ActivitySource s_source = new(Metrics.MeterName);

    /// <summary>The store itself.</summary>
    public IMcpOidcStore Inner => inner;

    public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        MeasureAsync("get", key, inner.GetAsync(key, cancellationToken));

    public ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        WriteAsync("add", key, inner.AddAsync(key, write, cancellationToken), static version => version is not null);

    // Reported under the name of the operation that it replaces; the first of several keys determines the kind.
    public ValueTask<IReadOnlyList<StoredRecord?>> GetManyAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken = default
    ) => MeasureAsync("get", keys.Count == 0 ? "" : keys[0], inner.GetManyAsync(keys, cancellationToken));

    public ValueTask<AddResult> AddOrGetAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        WriteAsync("add", key, inner.AddOrGetAsync(key, write, cancellationToken), static result => result.IsAdded);

    public ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) =>
        WriteAsync(
            "replace",
            key,
            inner.ReplaceAsync(key, expectedVersion, write, cancellationToken),
            static version => version is not null
        );

    public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
        MeasureAsync("take", key, inner.TakeAsync(key, cancellationToken));

    public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        MeasureAsync("remove", key, inner.RemoveAsync(key, expectedVersion, cancellationToken));

    public ValueTask ConfirmAsync(string key, CancellationToken cancellationToken = default) => inner.ConfirmAsync(key, cancellationToken);

    // The duration of a listing depends on its reader.
    public IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default) =>
        inner.ListAsync(index, cancellationToken);

    public IAsyncEnumerable<string> ScanAsync(string prefix, CancellationToken cancellationToken = default) =>
        inner.ScanAsync(prefix, cancellationToken);

    public ValueTask<KeyPage> ListPageAsync(string index, string? after, int size, CancellationToken cancellationToken = default) =>
        inner.ListPageAsync(index, after, size, cancellationToken);

    public ValueTask<KeyPage> ScanPageAsync(string prefix, string? after, int size, CancellationToken cancellationToken = default) =>
        inner.ScanPageAsync(prefix, after, size, cancellationToken);

    public ValueTask SignalAsync(string channel) => inner.SignalAsync(channel);

    public ValueTask TellAsync(string channel, string message) => inner.TellAsync(channel, message);

    public ValueTask<IAsyncDisposable?> ListenAsync(string channel, Action signalled, CancellationToken cancellationToken = default) =>
        inner.ListenAsync(channel, signalled, cancellationToken);

    public ValueTask<IAsyncDisposable?> HearAsync(string channel, Action<string> told, CancellationToken cancellationToken = default) =>
        inner.HearAsync(channel, told, cancellationToken);

    // Not measured: the result contains its own time.
    public ValueTask<DateTimeOffset?> GetTimeAsync(CancellationToken cancellationToken = default) => inner.GetTimeAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        (inner as IDisposable)?.Dispose();
        return inner is IAsyncDisposable disposable ? disposable.DisposeAsync() : default;
    }

    // Operations that need no space say nothing about it: a full Redis still deletes, and a write that lost a race wrote nothing.
    private async ValueTask<T> WriteAsync<T>(string operation, string key, ValueTask<T> work, Func<T, bool> hasWritten)
    {
        try
        {
            var result = await MeasureAsync(operation, key, work);
            if (hasWritten(result))
            {
                writes.Succeeded();
            }

            return result;
        }
        catch (StoreUnavailableException)
        {
            writes.Failed();
            throw;
        }
    }

    private async ValueTask<T> MeasureAsync<T>(string operation, string key, ValueTask<T> work)
    {
        using var span = s_source.HasListeners() && Activity.Current is not null ? Start(operation, key) : null;
        var (start, outcome) = (Stopwatch.GetTimestamp(), "unavailable");
        try
        {
            var result = await work;
            outcome = "ok";
            return result;
        }
        catch (OperationCanceledException)
        {
            // The caller has left, which says nothing about the store.
            outcome = null;
            throw;
        }
        finally
        {
            if (outcome is not null)
            {
                metrics.AskedStore(operation, outcome, start);
            }

            if (outcome == "unavailable")
            {
                span?.SetStatus(ActivityStatusCode.Error);
            }
        }
    }

    // Only the part before the brace: the rest may identify a user, a client or the hash of a secret.
    private static Activity? Start(string operation, string key) =>
        s_source.StartActivity($"store {operation}", ActivityKind.Client)?.SetTag("mcpoidc.record", key.Split('{')[0].TrimEnd(':'));
}
