using System.Net.Http.Json;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Storage;

/// <summary>A primary dies with its last writes (security case H02), or is full (H05).</summary>
[RequiresRedis]
public sealed class RedisFailoverTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private RedisServer _primary = null!;
    private RedisServer _replica = null!;

    public async Task InitializeAsync()
    {
        _primary = await RedisServer.StartAsync("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0");
        _replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", $"{_primary.Port}");
        var connection = await _replica.ConnectionAsync();
        using var limit = new CancellationTokenSource(s_patience);
        while (
            !(await connection.GetServers()[0].InfoAsync("replication"))
                .SelectMany(group => group)
                .Contains(new("master_link_status", "up"))
        )
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        // The primary counts a replica only after its first acknowledgment, up to a second later.
        await CatchUpAsync();
    }

    public async Task DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _primary.DisposeAsync();
    }

    [RedisFact]
    public async Task A_code_redeemed_before_a_failover_stays_used_up_if_replicas_confirm_writes()
    {
        using var store = TestStore.Redis(_primary);
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Redis:WaitForReplicas", "1"), store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(browser);
        var tokens = await client.RedeemAsync(code);
        var rotated = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, rotated.Status);

        await _primary.KillAsync();
        await using var survivor = await FailOverAsync(system);
        using var there = new OAuthClient(system.Issuer, system.Resource) { ClientId = client.ClientId };
        Assert.Equal(200, (await there.RefreshAsync(rotated.RefreshToken, survivor.Origin)).Status);
        Assert.Equal("invalid_grant", (await RedeemAsync(client, code, survivor.Origin)).Error);
    }

    [RedisFact]
    public async Task A_write_that_replicas_do_not_confirm_yields_unavailable_and_a_code_is_not_redeemed()
    {
        using var store = TestStore.Redis(_primary);
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Redis:WaitForReplicas", "1"), store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(browser);
        await _replica.PauseAsync();
        var answer = await client.RedeemAsync(code);
        Assert.Equal((503, "temporarily_unavailable"), (answer.Status, answer.Error));
        await _replica.ResumeAsync();
    }

    [RedisFact]
    public async Task A_repeated_unconfirmed_request_gets_a_response_only_after_the_replicas_confirm()
    {
        using var store = TestStore.Redis(_primary);
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Redis:WaitForReplicas", "1"), store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        var refreshed = await client.SignInAsync(browser);
        var revoked = await client.RedeemAsync(await client.GetCodeAsync(browser));
        (string Name, Func<Task<TokenAnswer>> Ask)[] requests =
        [
            ("refresh", () => client.RefreshAsync(refreshed.RefreshToken)),
            ("revocation", () => client.PostAsync("/token/revocation", [("token", revoked.RefreshToken)])),
        ];

        await _replica.PauseAsync();
        foreach (var (name, ask) in requests)
        {
            for (var attempt = 1; attempt <= 3; attempt++)
            {
                Assert.Equal((name, attempt, 503), (name, attempt, (await ask()).Status));
            }
        }

        await _replica.ResumeAsync();
        await CatchUpAsync();
        var next = await client.RefreshAsync(refreshed.RefreshToken);
        Assert.Equal(200, next.Status);
        Assert.Equal(200, (await requests[1].Ask()).Status);

        await _primary.KillAsync();
        await using var survivor = await FailOverAsync(system);
        Assert.Equal(200, (await client.RefreshAsync(next.RefreshToken, survivor.Origin)).Status);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(revoked.RefreshToken, survivor.Origin)).Error);
    }

    [RedisFact]
    public async Task A_registration_a_consent_and_a_code_that_were_not_confirmed_succeed_when_they_come_again()
    {
        using var store = TestStore.Redis(_primary);
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Redis:WaitForReplicas", "1"), store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync(OAuthClient.StoredMetadata(client.RedirectUri));
        var code = await client.GetCodeAsync(browser);
        var page = await client.OpenConsentAsync(browser, ("prompt", "consent"));
        var (action, fields) = browser.ReadForm(page.Html!, page.Uri)!.Value;

        await _replica.PauseAsync();
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            Assert.Equal(("registration", attempt, 503), ("registration", attempt, await RegisterAsync(client)));
            Assert.Equal(("consent", attempt, 503), ("consent", attempt, await AllowAsync()));
            Assert.Equal(("code", attempt, 503), ("code", attempt, (await client.RedeemAsync(code)).Status));
        }

        await _replica.ResumeAsync();
        await CatchUpAsync();
        Assert.Equal(201, await RegisterAsync(client));
        Assert.Equal(303, await AllowAsync());
        var tokens = await client.RedeemAsync(code);
        Assert.Equal(200, tokens.Status);
        Assert.DoesNotContain(system.Server.Logs.Lines, line => line.Contains("code.replayed", StringComparison.Ordinal));

        await _primary.KillAsync();
        await using var survivor = await FailOverAsync(system);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken, survivor.Origin)).Status);

        async Task<int> AllowAsync()
        {
            using var response = await browser.PostAsync(action, fields);
            return (int)response.StatusCode;
        }
    }

    // The general case: an operation that need not write, because another has already done so, answers with the record it found.
    [RedisFact]
    public async Task An_unchanged_record_is_confirmed_by_the_replicas_first()
    {
        var options = new RedisStoreOptions { WaitForReplicas = 1 };
        var records = new RedisStore(
            await _primary.ConnectionAsync(),
            Microsoft.Extensions.Options.Options.Create(options),
            TimeProvider.System
        );
        var write = new StoreWrite("x"u8.ToArray(), DateTimeOffset.UtcNow.AddHours(1));
        await _replica.PauseAsync();
        (string Name, Func<Task> Ask)[] requests =
        [
            ("add", () => records.AddAsync("test:{a}", write).AsTask()),
            ("add again", () => records.AddAsync("test:{a}", write).AsTask()),
            ("add or get", () => records.AddOrGetAsync("test:{a}", write).AsTask()),
            ("leave", () => records.ChangeAsync("test:{a}", _ => new ValueTask<StoreWrite?>((StoreWrite?)null), default).AsTask()),
            ("confirm", () => records.ConfirmAsync("test:{a}").AsTask()),
            ("take", () => records.TakeAsync("test:{a}").AsTask()),
            ("take again", () => records.TakeAsync("test:{a}").AsTask()),
            ("remove", () => records.RemoveAsync("test:{a}").AsTask()),
        ];
        foreach (var (name, ask) in requests)
        {
            Assert.Equal((name, typeof(StoreUnavailableException)), (name, (await Record.ExceptionAsync(ask))?.GetType()));
        }

        await _replica.ResumeAsync();
    }

    [RedisFact]
    public async Task A_rotation_lost_in_a_failover_continues_and_never_yields_two_token_chains()
    {
        using var store = TestStore.Redis(_primary);
        await using var system = await TestSystem.StartAsync(store: store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        await CatchUpAsync();
        await StopReplicationAsync();
        var forgotten = await client.RefreshAsync(tokens.RefreshToken);

        await _primary.KillAsync();
        await using var survivor = await FailOverAsync(system);
        var next = await client.RefreshAsync(forgotten.RefreshToken, survivor.Origin);
        Assert.Equal(200, next.Status);
        Assert.DoesNotContain(survivor.Logs.Lines, line => line.Contains("refresh_token.replayed", StringComparison.Ordinal));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken, survivor.Origin)).Error);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(next.RefreshToken, survivor.Origin)).Error);
    }

    [RedisTheory]
    [InlineData("allkeys-lru")]
    [InlineData("allkeys-random")]
    public async Task A_Redis_that_may_evict_any_record_when_full_prevents_the_start(string policy)
    {
        await using var cache = await RedisServer.StartAsync("--maxmemory", "100mb", "--maxmemory-policy", policy);
        using var store = TestStore.Redis(cache);
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => TestSystem.StartAsync(store: store));
        Assert.Contains(policy, exception.Message, StringComparison.Ordinal);
        Assert.Contains("noeviction", exception.Message, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task A_Redis_that_evicts_records_with_an_expiration_causes_a_warning()
    {
        await using var cache = await RedisServer.StartAsync("--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru");
        using var store = TestStore.Redis(cache);
        await using var system = await TestSystem.StartAsync(store: store);
        Assert.Contains(
            system.Server.Logs.Lines,
            line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("volatile-lru", StringComparison.Ordinal)
        );
    }

    /// <summary>Promotes the replica and connects a server of the same issuer to it.</summary>
    private async Task<TestSite> FailOverAsync(TestSystem system)
    {
        await StopReplicationAsync();
        return await system.StartAnotherServerAsync(
            new("ConnectionStrings:redis", _replica.ConnectionString),
            new("McpOidc:Redis:WaitForReplicas", "0")
        );
    }

    private async Task StopReplicationAsync() => await (await _replica.ConnectionAsync()).GetServers()[0].ReplicaOfAsync(null!);

    private async Task CatchUpAsync()
    {
        // WAIT covers only writes on its own connection, and would block all other commands on a shared one.
        await using var connection = await _primary.ConnectAsync(options => options.AsyncTimeout = (int)s_patience.TotalMilliseconds);
        await connection.GetDatabase().StringSetAsync("caught-up", "1");
        Assert.Equal(1, (int)await connection.GetServers()[0].ExecuteAsync("WAIT", 1, (long)s_patience.TotalMilliseconds / 2));
    }

    private static async Task<int> RegisterAsync(OAuthClient client)
    {
        using var response = await client.Http.PostAsJsonAsync(client.Issuer + "/register", OAuthClient.StoredMetadata(client.RedirectUri));
        return (int)response.StatusCode;
    }

    private static async Task<TokenAnswer> RedeemAsync(OAuthClient client, string code, string origin)
    {
        using var there = new OAuthClient(origin, client.Resource) { ClientId = client.ClientId };
        return await there.PostAsync(
            "/token",
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", client.RedirectUri),
                ("code_verifier", client.Verifier),
                ("client_id", client.ClientId),
            ]
        );
    }
}
