using McpOidc.Storage;
using McpOidc.Testing;
using McpOidc.Tests.Storage;

namespace McpOidc.Tests.Testing;

public sealed class InMemoryStoreTests : StoreContractTests
{
    private readonly Lazy<InMemoryStore> _store;
    private TimeProvider _clock = TimeProvider.System;

    public InMemoryStoreTests() => _store = new(() => new InMemoryStore(_clock));

    // Hosts in one process share one store.
    protected override Task<IMcpOidcStore> CreateStoreAsync(TimeProvider clock)
    {
        _clock = clock;
        return Task.FromResult<IMcpOidcStore>(_store.Value);
    }
}
