using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Hosting;

/// <summary>A real store whose behavior a test changes in one respect.</summary>
public class StoreDecorator(IMcpOidcStore inner) : IMcpOidcStore
{
    private int _reads;

    /// <summary>The number of record reads.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Decorates the store that the services would use.</summary>
    public static void Around(IServiceCollection services, Func<IMcpOidcStore, IMcpOidcStore> decorate)
    {
        var registered = services.Last(service => service.ServiceType == typeof(IMcpOidcStore));
        services.Remove(registered);
        services.AddSingleton(provider => decorate((IMcpOidcStore)registered.ImplementationFactory!(provider)));
    }

    public virtual ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _reads);
        return inner.GetAsync(key, cancellationToken);
    }

    public virtual ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        inner.AddAsync(key, write, cancellationToken);

    public virtual ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) => inner.ReplaceAsync(key, expectedVersion, write, cancellationToken);

    public virtual ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
        inner.TakeAsync(key, cancellationToken);

    public virtual ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        inner.RemoveAsync(key, expectedVersion, cancellationToken);

    public virtual ValueTask ConfirmAsync(string key, CancellationToken cancellationToken = default) =>
        inner.ConfirmAsync(key, cancellationToken);

    public virtual IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default) =>
        inner.ListAsync(index, cancellationToken);

    public virtual IAsyncEnumerable<string> ScanAsync(string prefix, CancellationToken cancellationToken = default) =>
        inner.ScanAsync(prefix, cancellationToken);

    public virtual ValueTask<KeyPage> ListPageAsync(string index, string? after, int size, CancellationToken cancellationToken = default) =>
        inner.ListPageAsync(index, after, size, cancellationToken);

    public virtual ValueTask<KeyPage> ScanPageAsync(
        string prefix,
        string? after,
        int size,
        CancellationToken cancellationToken = default
    ) => inner.ScanPageAsync(prefix, after, size, cancellationToken);

    public virtual ValueTask<DateTimeOffset?> GetTimeAsync(CancellationToken cancellationToken = default) =>
        inner.GetTimeAsync(cancellationToken);

    public virtual ValueTask SignalAsync(string channel) => inner.SignalAsync(channel);

    public virtual ValueTask TellAsync(string channel, string message) => inner.TellAsync(channel, message);

    public virtual ValueTask<IAsyncDisposable?> HearAsync(
        string channel,
        Action<string> told,
        CancellationToken cancellationToken = default
    ) => inner.HearAsync(channel, told, cancellationToken);

    public virtual ValueTask<IAsyncDisposable?> ListenAsync(
        string channel,
        Action signalled,
        CancellationToken cancellationToken = default
    ) => inner.ListenAsync(channel, signalled, cancellationToken);
}

/// <summary>A store whose hints never arrive.</summary>
public sealed class DeafStore(IMcpOidcStore inner) : StoreDecorator(inner)
{
    public override ValueTask<IAsyncDisposable?> ListenAsync(
        string channel,
        Action signalled,
        CancellationToken cancellationToken = default
    ) => new((IAsyncDisposable?)null);
}
