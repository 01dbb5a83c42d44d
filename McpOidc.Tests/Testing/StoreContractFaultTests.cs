using McpOidc.Storage;
using McpOidc.Testing;

namespace McpOidc.Tests.Testing;

/// <summary>The contract tests detect a store that violates the contract.</summary>
public sealed class StoreContractFaultTests
{
    [Fact]
    public async Task A_store_that_overwrites_records_is_detected()
    {
        var contract = new StoreContract(clock => Task.FromResult<IMcpOidcStore>(new Overwriting(new InMemoryStore(clock))));
        await Assert.ThrowsAsync<StoreContractException>(() => contract.VerifyAsync("A_record_is_added_only_where_none_is"));
    }

    [Fact]
    public async Task An_unknown_requirement_is_an_error() =>
        await Assert.ThrowsAsync<ArgumentException>(() =>
            new StoreContract(clock => Task.FromResult<IMcpOidcStore>(new InMemoryStore(clock))).VerifyAsync("It_is_fast")
        );

    private sealed class Overwriting(InMemoryStore inner) : IMcpOidcStore
    {
        public async ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default)
        {
            await inner.RemoveAsync(key, cancellationToken: cancellationToken);
            return await inner.AddAsync(key, write, cancellationToken);
        }

        public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
            inner.GetAsync(key, cancellationToken);

        public ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        ) => inner.ReplaceAsync(key, expectedVersion, write, cancellationToken);

        public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
            inner.TakeAsync(key, cancellationToken);

        public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
            inner.RemoveAsync(key, expectedVersion, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default) =>
            inner.ListAsync(index, cancellationToken);
    }
}
