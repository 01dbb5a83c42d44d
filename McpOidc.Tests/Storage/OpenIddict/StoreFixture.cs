using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Storage;
using McpOidc.Storage.OpenIddict;
using McpOidc.Telemetry;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Storage.OpenIddict;

/// <summary>OpenIddict's core on in-memory records, with a log of the calls that reached the store.</summary>
internal static class StoreFixture
{
    public static IServiceCollection AddStores(this IServiceCollection services)
    {
        services.AddSingleton<LoggingStore>().AddSingleton<IMcpOidcStore>(provider => provider.GetRequiredService<LoggingStore>());
        services
            .AddSingleton<IRootKeys, FixedKeys>()
            .AddSingleton<KnownResources>()
            .AddSingleton<Lifetimes>()
            .AddSingleton<StoredPayloadProtector>()
            .AddSingleton<RecordStore>();
        services.AddMetrics().AddSingleton<Metrics>();
        services.AddOpenIddict().AddCore(core => core.UseMcpOidcStores());
        return services;
    }

    private sealed class FixedKeys : IRootKeys
    {
        private static readonly DerivedKey s_key = new(1, new byte[32]);

        public ValueTask<IReadOnlyList<DerivedKey>> DeriveAsync(KeyPurpose purpose, CancellationToken cancellationToken) => new([s_key]);

        public ValueTask<DerivedKey?> FindAsync(KeyPurpose purpose, uint id, CancellationToken cancellationToken) => new(s_key);
    }
}

internal sealed class LoggingStore : IMcpOidcStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (StoredRecord Record, StoreWrite Write)> _records = [];
    private long _version;

    public ConcurrentQueue<string> Log { get; } = new();

    public StoreWrite WriteOf(string key) => _records[key].Write;

    public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        Do($"get {key}", () => _records.TryGetValue(key, out var entry) ? entry.Record : null);

    public ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        Do($"add {key}", () => _records.ContainsKey(key) ? null : Write(key, write));

    public ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) =>
        Do(
            $"replace {key}",
            () => _records.TryGetValue(key, out var entry) && entry.Record.Version == expectedVersion ? Write(key, write) : null
        );

    public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
        Do($"take {key}", () => _records.Remove(key, out var entry) ? entry.Record : null);

    public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        Do(
            $"remove {key}",
            () =>
                _records.TryGetValue(key, out var entry)
                && entry.Record.Version == (expectedVersion ?? entry.Record.Version)
                && _records.Remove(key)
        );

    public async IAsyncEnumerable<string> ListAsync(string index, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var keys = await Do(
            $"list {index}",
            () => _records.Where(entry => entry.Value.Write.Indexes.Contains(index)).Select(entry => entry.Key).ToArray()
        );
        foreach (var key in keys)
        {
            yield return key;
        }
    }

    private long? Write(string key, StoreWrite write)
    {
        _records[key] = (new StoredRecord(write.Value, ++_version), write);
        return _version;
    }

    private ValueTask<T> Do<T>(string line, Func<T> work)
    {
        Log.Enqueue(line);
        lock (_lock)
        {
            return new(work());
        }
    }
}
