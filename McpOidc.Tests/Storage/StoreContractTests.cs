using System.Text;
using McpOidc.Storage;
using McpOidc.Testing;
using McpOidc.Testing.Storage;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Storage;

/// <summary>Runs the store contract (<see cref="StoreContract"/>) against one store, with helpers for that store's own tests.</summary>
public abstract class StoreContractTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>The clock by which the stores of this test judge expiry.</summary>
    protected AdjustableClock Clock { get; } = new();

    /// <summary>Ends a test that hangs.</summary>
    protected CancellationToken Limit { get; } = new CancellationTokenSource(s_patience).Token;

    /// <summary>Creates a store. Further calls in a test create stores with the same contents, as in two processes.</summary>
    protected abstract Task<IMcpOidcStore> CreateStoreAsync(TimeProvider clock);

    [StoreTheory]
    [MemberData(nameof(StoreContract.Requirements), MemberType = typeof(StoreContract))]
    public Task A_store_satisfies_the_contract(string requirement) => new StoreContract(CreateStoreAsync).VerifyAsync(requirement);

    /// <summary>A record that lives for an hour.</summary>
    protected StoreWrite Hour(string text, params string[] indexes) =>
        new(Encoding.UTF8.GetBytes(text), Clock.GetUtcNow().AddHours(1)) { Indexes = indexes };

    /// <summary>The text of a record, or <see langword="null"/>.</summary>
    protected static string? Text(StoredRecord? record) => record is null ? null : Encoding.UTF8.GetString(record.Value.Span);

    /// <summary>The members of an index, sorted.</summary>
    protected async Task<string[]> MembersAsync(IMcpOidcStore store, string index) =>
        [.. (await store.ListAsync(index, Limit).ToListAsync()).Order(StringComparer.Ordinal)];

    /// <summary>Runs the same operation many times concurrently and returns all results.</summary>
    protected static Task<T[]> RaceAsync<T>(Func<int, ValueTask<T>> contestant) => StoreRequirements.RaceAsync(contestant);
}
