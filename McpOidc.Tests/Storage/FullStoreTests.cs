using McpOidc.Logout;
using McpOidc.Storage;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.PersonalAccessTokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Tests.Storage;

/// <summary>A full store: reads keep working, writes yield 503, the health check reports it, and ended sessions end in every running
/// process.</summary>
public sealed class FullStoreTests
{
    private static readonly TimeSpan s_toldWithin = TimeSpan.FromSeconds(5);

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_revocation_that_a_full_Redis_cannot_store_yields_503_and_still_applies_in_every_process(bool standalone)
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        var connection = await redis.ConnectionAsync();
        await AssertEndsAsync(
            store,
            standalone,
            () => connection.GetServers()[0].ConfigSetAsync("maxmemory", "1"),
            () => connection.GetServers()[0].ConfigSetAsync("maxmemory", "0")
        );
    }

    [SmallDiskFact]
    public async Task A_revocation_that_a_full_disk_cannot_store_yields_503_and_still_applies_in_that_process()
    {
        await using var disk = await SmallDisk.MountAsync(megabytes: 4);
        using var store = TestStore.SqliteIn(disk.Path);
        await AssertEndsAsync(store, standalone: false, disk.FillAsync, disk.FreeAsync);
    }

    private static async Task AssertEndsAsync(TestStore store, bool standalone, Func<Task> fill, Func<Task> free)
    {
        await using var signedIn = await SignedInSystem.StartAsync(
            options =>
            {
                options.Standalone = standalone;
                options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
                options.Set("McpOidc:Clients:0:Id", "tv");
                options.Set("McpOidc:Clients:0:GrantTypes:0", Device.GrantType);
            },
            store
        );
        var system = signedIn.System;
        var second = await system.StartSecondServerAsync();
        var (other, others) = await signedIn.SignInAgainAsync();
        using var _ = other;
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        Assert.Equal(200, await signedIn.StatusAsync(others.AccessToken));
        var personal = await TokenPage.MakeAsync(system, signedIn.Browser);
        Assert.Equal(200, await signedIn.StatusAsync(personal));
        using var device = await Device.BeginAsync(new OAuthClient(system.Issuer, system.Resource) { ClientId = "tv" });
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(system.Server));

        await fill();
        var revocation = await RevokeAsync(signedIn);
        Assert.Equal((503, "temporarily_unavailable"), (revocation.Status, revocation.Error));
        Assert.NotNull(revocation.Headers.RetryAfter);
        await AssertEndedAsync(signedIn, signedIn.Tokens.AccessToken);
        Assert.Equal(200, await signedIn.StatusAsync(others.AccessToken));
        Assert.Equal(HealthStatus.Degraded, await HealthAsync(system.Server));
        Assert.Contains(system.Server.Logs.Lines, line => line.Contains("[2834]", StringComparison.Ordinal));
        foreach (var origin in (string[])[system.Issuer, second.Origin])
        {
            var refused = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken, origin);
            Assert.Equal((400, "invalid_grant"), (refused.Status, refused.Error));
        }

        Assert.Equal(503, (await RevokeAsync(signedIn, personal)).Status);
        await AssertEndedAsync(signedIn, personal);
        // Any other error would end the sign-in of the device (RFC 8628 §3.5).
        Assert.Equal("slow_down", (await device.PollAsync()).Error);

        var subject = JwtReader.Payload(others.AccessToken)["sub"]!.ToString();
        var signOut = system.Server.Services.GetRequiredService<UserSignOut>();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => signOut.EndAsync(subject, CancellationToken.None));
        await AssertEndedAsync(signedIn, others.AccessToken);

        await free();
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(system.Server));
        Assert.Equal(401, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        Assert.Equal(200, (await RevokeAsync(signedIn)).Status);
        var grants = system.Server.Services.GetRequiredService<McpOidc.Token.Grants>();
        Assert.Equal(401, await signedIn.StatusAsync(personal));
        Assert.Equal(200, (await RevokeAsync(signedIn, personal)).Status);
        var stored = await grants.FindAsync(JwtReader.Payload(signedIn.Tokens.AccessToken)["sid"]!.ToString(), CancellationToken.None);
        Assert.False(stored!.Value.IsLive);
    }

    private static Task<TokenAnswer> RevokeAsync(SignedInSystem signedIn, string? token = null) =>
        signedIn.Client.PostAsync(
            "/token/revocation",
            [("token", token ?? signedIn.Tokens.RefreshToken), ("client_id", signedIn.Client.ClientId)]
        );

    private static async Task AssertEndedAsync(SignedInSystem signedIn, string accessToken)
    {
        using var limit = new CancellationTokenSource(s_toldWithin);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await signedIn.StatusAsync(accessToken) != 401)
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    private static async Task<HealthStatus> HealthAsync(TestSite site)
    {
        var report = await site.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Entries["mcpoidc-store"].Status;
    }
}
