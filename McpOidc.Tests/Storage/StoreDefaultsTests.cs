using McpOidc.Storage;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Storage;

/// <summary>A store with only the required members fulfills the contract through the default implementations of the interface.</summary>
public sealed class StoreDefaultsTests : StoreContractTests, IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-defaults-");
    private readonly List<SqliteStore> _stores = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    // The decorator forwards the members that it declares and leaves the rest to the interface.
    protected override Task<IMcpOidcStore> CreateStoreAsync(TimeProvider clock) =>
        Task.FromResult<IMcpOidcStore>(new StoreDecorator(Open(clock)));

    [Fact]
    public async Task A_record_that_disappears_before_it_is_read_is_added_again()
    {
        IMcpOidcStore store = new FleetingStore(Open(Clock), times: 3);
        Assert.True((await store.AddOrGetAsync("test:{a}", Hour("x"), Limit)).IsAdded);
    }

    [Fact]
    public async Task A_record_that_keeps_appearing_and_disappearing_is_reported_as_an_unavailable_store()
    {
        IMcpOidcStore store = new FleetingStore(Open(Clock), times: int.MaxValue);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AddOrGetAsync("test:{a}", Hour("x"), Limit).AsTask());
    }

    private SqliteStore Open(TimeProvider clock)
    {
        var store = new SqliteStore(Path.Combine(_directory.FullName, "store.db"), clock);
        _stores.Add(store);
        return store;
    }

    private sealed class FleetingStore(IMcpOidcStore inner, int times) : StoreDecorator(inner)
    {
        private int _left = times;

        public override ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
            _left-- > 0 ? new((long?)null) : base.AddAsync(key, write, cancellationToken);
    }
}
