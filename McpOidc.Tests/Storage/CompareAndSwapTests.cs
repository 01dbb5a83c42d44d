using McpOidc.Revocation;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Storage.OpenIddict;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Storage;

public sealed class CompareAndSwapTests : IDisposable
{
    private static readonly RecordKind<RevocationLog> s_kind = StoreKeys.RevocationLog;
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddLogging()
        .AddStores()
        .BuildServiceProvider(validateScopes: true);

    private RecordStore Records => _services.GetRequiredService<RecordStore>();

    private LoggingStore Store => _services.GetRequiredService<LoggingStore>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_record_that_others_keep_changing_is_reported_as_an_unavailable_store()
    {
        await Records.ChangeAsync(s_kind, "a", _ => At(1), default);
        IMcpOidcStore store = new BusyStore(Store);
        var attempts = 0;
        await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            store
                .ChangeAsync(
                    s_kind.Key("a"),
                    found =>
                    {
                        attempts++;
                        return new(new StoreWrite(found!.Value, DateTimeOffset.MaxValue));
                    },
                    default
                )
                .AsTask()
        );
        Assert.InRange(attempts, 2, 1000);
    }

    [Fact]
    public async Task A_change_is_recomputed_from_the_value_that_another_writer_left()
    {
        await Records.ChangeAsync(s_kind, "a", _ => At(1), default);
        var first = true;
        var (before, after) = await Records.ChangeAsync(
            s_kind,
            "a",
            found => Meanwhile(ref first, "a") ? At(found!.Position + 1) : null,
            default
        );
        Assert.Equal((10, 11), (before!.Position, after!.Position));
    }

    [Fact]
    public async Task A_record_that_the_request_has_read_is_changed_without_another_read()
    {
        BeginRequest();
        await RecallAsync("a");
        Store.Log.Clear();
        Assert.Equal(2, (await Records.ChangeAsync(s_kind, "a", found => At(found!.Position + 1), default)).After!.Position);
        Assert.Equal([$"replace {s_kind.Key("a")}"], Store.Log);
    }

    [Fact]
    public async Task A_record_that_the_request_has_read_is_read_again_before_a_change_is_abandoned()
    {
        BeginRequest();
        await RecallAsync("a");
        await new RecordStore(Store, _services.GetRequiredService<StoredPayloadProtector>()).ChangeAsync(s_kind, "a", _ => At(10), default);
        var (before, after) = await Records.ChangeAsync(
            s_kind,
            "a",
            found => found!.Position == 1 ? null : At(found.Position + 1),
            default
        );
        Assert.Equal((10, 11), (before!.Position, after!.Position));
    }

    private async Task RecallAsync(string id)
    {
        await Records.ChangeAsync(s_kind, id, _ => At(1), default);
        Assert.NotNull(await Records.RecallAsync(s_kind, id, default));
    }

    private void BeginRequest() => _services.GetRequiredService<IHttpContextAccessor>().HttpContext = new DefaultHttpContext();

    private bool Meanwhile(ref bool first, string id)
    {
        if (first)
        {
            first = false;
            Assert.True(Records.ChangeAsync(s_kind, id, _ => At(10), default).AsTask().IsCompletedSuccessfully);
        }

        return true;
    }

    private static RevocationLog At(long position) =>
        new()
        {
            Id = "log",
            Position = position,
            Ended = [],
        };

    private sealed class BusyStore(IMcpOidcStore inner) : StoreDecorator(inner)
    {
        public override ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        ) => new((long?)null);
    }
}
