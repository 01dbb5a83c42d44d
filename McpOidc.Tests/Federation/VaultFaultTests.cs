using McpOidc.Federation;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Federation;

/// <summary>What happens to the identity provider's tokens when something dies in the middle of a refresh.</summary>
public sealed class VaultFaultTests
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task New_tokens_are_written_once_the_store_is_back_and_the_old_ones_are_not_used_twice()
    {
        FailingStore? store = null;
        await using var signedIn = await StartAsync(inner => store = new FailingStore(inner));
        signedIn.System.Clock.Advance(s_lifetime);
        store!.FailingWritesOf = "user:";
        var asked = SessionEndpoint.TokenAsync(signedIn);
        await store.Failed.WaitAsync(TimeSpan.FromSeconds(10));
        await store.Failed.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(asked.IsCompleted);
        store.FailingWritesOf = null;

        Assert.Equal(200, (await asked.WaitAsync(TimeSpan.FromSeconds(10))).Status);
        signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        Assert.Equal((2, 0), (signedIn.System.Idp!.Statistics.RefreshRequests, signedIn.System.Idp.Statistics.RefreshReuses));
    }

    [Fact]
    public async Task A_stopping_process_writes_tokens_that_it_has_not_stored_yet()
    {
        FailingStore? store = null;
        await using var signedIn = await StartAsync(inner => store = new FailingStore(inner));
        signedIn.System.Clock.Advance(s_lifetime);
        store!.FailingWritesOf = "user:";
        var asked = SessionEndpoint.TokenAsync(signedIn);
        await store.Failed.WaitAsync(TimeSpan.FromSeconds(10));
        var stopping = signedIn
            .System.Server.Services.GetRequiredService<IdentityProviderTokenWritingHostedService>()
            .StopAsync(CancellationToken.None);
        Assert.False(stopping.IsCompleted);
        store.FailingWritesOf = null;
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(200, (await asked).Status);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(-30)]
    public async Task A_process_whose_clock_runs_ahead_or_behind_does_not_take_over_a_lease(int seconds)
    {
        await using var signedIn = await StartAsync(inner => inner);
        var clock = new AdjustableClock();
        clock.Advance(signedIn.System.Clock.GetUtcNow() - clock.GetUtcNow() + TimeSpan.FromSeconds(seconds));
        var store = signedIn.System.Server.Services.GetRequiredService<IMcpOidcStore>();
        var (one, other) = (new RefreshLeases(store, signedIn.System.Clock), new RefreshLeases(store, clock));
        var held = (await one.TryTakeAsync("somebody", new LeaseWait(), TimeSpan.FromSeconds(15), CancellationToken.None))!;
        Assert.False(held.HolderDied);
        Assert.Null(await other.TryTakeAsync("somebody", new LeaseWait(), TimeSpan.FromSeconds(15), CancellationToken.None));
        Assert.True(await one.ReleaseAsync(held));
        Assert.NotNull(await other.TryTakeAsync("somebody", new LeaseWait(), TimeSpan.FromSeconds(15), CancellationToken.None));
    }

    [Fact]
    public async Task A_lease_whose_holder_died_is_taken_over_and_the_former_holder_cannot_release_it()
    {
        await using var signedIn = await StartAsync(inner => inner);
        var leases = signedIn.System.Server.Services.GetRequiredService<RefreshLeases>();
        var dead = (await leases.TryTakeAsync("somebody", new LeaseWait(), TimeSpan.Zero, CancellationToken.None))!;
        var wait = new LeaseWait();
        RefreshLease? taken = null;
        for (var look = 0; look < 100 && taken is null; look++)
        {
            taken = await leases.TryTakeAsync("somebody", wait, TimeSpan.FromTicks(1), CancellationToken.None);
        }

        Assert.True(taken!.HolderDied);
        Assert.False(await leases.ReleaseAsync(dead));
        Assert.Null(await leases.TryTakeAsync("somebody", new LeaseWait(), TimeSpan.FromMinutes(1), CancellationToken.None));
    }

    // kill -9 between the provider's response and the write: the provider refuses the old token, which says nothing about the user.
    [Fact]
    public async Task A_provider_refusal_after_a_process_died_during_a_refresh_causes_no_sign_out()
    {
        await using var signedIn = await StartAsync(inner => inner, ("McpOidc:IdentityProvider:Timeout", "00:00:02"));
        var subject = JwtReader.Payload(signedIn.Tokens.AccessToken)["sub"]!.ToString();
        var leases = signedIn.System.Server.Services.GetRequiredService<RefreshLeases>();
        Assert.NotNull(await leases.TryTakeAsync(subject, new LeaseWait(), TimeSpan.Zero, CancellationToken.None));
        signedIn.System.Idp!.Faults.FailRefresh(400, "invalid_grant", times: 1);
        signedIn.System.Clock.Advance(s_lifetime);

        Assert.Equal(404, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        Assert.Equal(1, signedIn.System.Idp.Statistics.RefreshRequests);
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
    }

    private static Task<SignedInSystem> StartAsync(
        Func<IMcpOidcStore, IMcpOidcStore> decorate,
        params (string Key, string Value)[] settings
    ) =>
        SignedInSystem.StartAsync(options =>
        {
            options.Map = SessionEndpoint.Map;
            options.Server = builder => StoreDecorator.Around(builder.Services, decorate);
            foreach (var (key, value) in settings)
            {
                options.Set(key, value);
            }
        });
}

/// <summary>A store that fails to write certain records on request.</summary>
public sealed class FailingStore(IMcpOidcStore inner) : StoreDecorator(inner)
{
    /// <summary>The prefix of the keys that cannot be replaced.</summary>
    public string? FailingWritesOf { get; set; }

    /// <summary>Released once for every failed write.</summary>
    public SemaphoreSlim Failed { get; } = new(0);

    public override ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    )
    {
        if (FailingWritesOf is { } prefix && key.StartsWith(prefix, StringComparison.Ordinal))
        {
            Failed.Release();
            throw new StoreUnavailableException("The test takes the store away.");
        }

        return base.ReplaceAsync(key, expectedVersion, write, cancellationToken);
    }
}
