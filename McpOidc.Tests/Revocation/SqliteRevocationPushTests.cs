using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Revocation;

public sealed class SqliteRevocationPushTests : RevocationPushTests, IDisposable
{
    private readonly TestStore _store = TestStore.Sqlite();

    public void Dispose() => _store.Dispose();

    protected override Task<TestStore> CreateStoreAsync() => Task.FromResult(_store);
}
