using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Faults;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.PersonalAccessTokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit.Abstractions;

namespace McpOidc.Tests.Storage;

/// <summary>One machine whose clock is off among others with correct clocks: up to 30 seconds have no effect, and beyond that the machine's
/// log reports the clock.</summary>
public sealed class ClockMatrixTests(RedisServerFixture redis, ITestOutputHelper output) : IClassFixture<RedisServerFixture>
{
    private const int Unnoticed = 30;
    private const string Server = "the authorization server";
    private const string Second = "the second authorization server";
    private const string Mcp = "the MCP server";

    // The promised limit; usually the warning comes at once, but a loaded machine may be slow.
    private static readonly TimeSpan s_warnedWithin = TimeSpan.FromMinutes(1);

    public static TheoryData<string, int> Matrix
    {
        get
        {
            var matrix = new TheoryData<string, int>();
            foreach (var process in (string[])[Server, Second, Mcp])
            {
                foreach (var seconds in (int[])[20, 45, 120, 3600])
                {
                    matrix.Add(process, seconds);
                    matrix.Add(process, -seconds);
                }
            }

            return matrix;
        }
    }

    [RedisTheory]
    [MemberData(nameof(Matrix))]
    public async Task A_clock_difference_up_to_30_seconds_is_tolerated_and_a_larger_one_is_logged(string process, int seconds)
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        TimeProvider off = new OffsetClock(TimeSpan.FromSeconds(seconds));
        var ofServer = process == Server ? off : TimeProvider.System;
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                options.Standalone = true;
                options.Server = mcpOidc => SetClock(mcpOidc.Services, ofServer);
                options.Mcp = builder => SetClock(builder.Services, process == Mcp ? off : TimeProvider.System);
                options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
                options.Set("McpOidc:Clients:0:Id", "tv");
                options.Set("McpOidc:Clients:0:GrantTypes:0", Device.GrantType);
                // Each tool call makes the MCP server request a fresh token from the authorization server.
                options.Idp = idp => idp.AccessTokenLifetime = TimeSpan.FromSeconds(40);
            },
            store
        );
        ofServer = process == Second ? off : TimeProvider.System;
        var second = await system.StartSecondServerAsync();
        var wrong = process switch
        {
            Server => system.Server,
            Second => second,
            _ => system.Mcp,
        };

        var failures = await WalkAsync(system, second);

        output.WriteLine($"{process}, {seconds} s: {(failures.Count == 0 ? "everything works" : string.Join("; ", failures))}");
        if (Math.Abs(seconds) <= Unnoticed)
        {
            Assert.Empty(failures);
        }

        var direction = seconds > 0 ? "ahead of" : "behind";
        var line = await wrong.Logs.WaitForAsync("[2830]", s_warnedWithin);
        Assert.StartsWith("Warning", line, StringComparison.Ordinal);
        Assert.Contains(
            $"This machine's clock is {Math.Abs(seconds)} seconds {direction} the store's clock",
            line,
            StringComparison.Ordinal
        );
        Assert.Equal(HealthStatus.Degraded, await HealthAsync(wrong));
        foreach (var right in system.Sites.Where(site => site != wrong))
        {
            Assert.Equal(HealthStatus.Healthy, await HealthAsync(right));
            Assert.DoesNotContain(right.Logs.Lines, line => line.Contains("[2830]", StringComparison.Ordinal));
        }
    }

    /// <summary>Signs a client in, then calls and refreshes, at both authorization servers in turn.</summary>
    /// <returns>The steps that failed.</returns>
    private static async Task<List<string>> WalkAsync(TestSystem system, TestSite second)
    {
        var failures = new List<string>();
        using var client = system.CreateClient();
        using var browser = new Browser { Origin = system.Issuer };
        await TryAsync("register", async () => await client.RegisterAsync());
        await TryAsync("sign in at one and redeem at the other", () => SignInAsync(system.Issuer, second.Origin));
        await TryAsync("sign in at the other and redeem at one", () => SignInAsync(second.Origin, system.Issuer));
        await TryAsync("device at one, tokens at the other", () => ConnectDeviceAsync(system.Issuer, second.Origin));
        await TryAsync("device at the other, tokens at one", () => ConnectDeviceAsync(second.Origin, system.Issuer));
        await TryAsync("personal access token", async () => await CallAsync(await TokenPage.MakeAsync(system, browser)));
        await using var sdk = await ConnectAsync();
        if (sdk is not null)
        {
            await TryAsync("tool", async () => Assert.Contains("alice", await sdk.CallAsync("upstream_profile"), StringComparison.Ordinal));
        }

        return failures;

        async Task SignInAsync(string first, string other)
        {
            var consent = await browser.OpenAsync(
                client.AuthorizeUrl().Replace(system.Issuer, first, StringComparison.Ordinal),
                uri => uri.AbsolutePath == "/oauth/consent" || client.IsRedirectUri(uri)
            );
            var answer = client.IsRedirectUri(consent.Uri)
                ? consent
                : await browser.OpenAsync(other + consent.Uri.PathAndQuery, client.IsRedirectUri);
            var code = answer.Query("code") ?? throw new InvalidOperationException(answer.Uri.Query);
            using var atOther = new OAuthClient(other, client.Resource) { ClientId = client.ClientId };
            var tokens = await atOther.TokenAsync([
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", client.RedirectUri),
                ("code_verifier", client.Verifier),
            ]);
            await CallAsync(tokens.AccessToken);
            using var atFirst = new OAuthClient(first, client.Resource) { ClientId = client.ClientId };
            var refreshed = await atFirst.RefreshAsync(tokens.RefreshToken);
            await CallAsync(refreshed.AccessToken);
            await CallAsync((await atOther.RefreshAsync(refreshed.RefreshToken)).AccessToken);
        }

        async Task ConnectDeviceAsync(string first, string other)
        {
            using var device = await Device.BeginAsync(new OAuthClient(first, client.Resource) { ClientId = "tv" }, ("scope", "openid"));
            using var elsewhere = new OAuthClient(other, client.Resource) { ClientId = "tv" };
            (string, string?)[] poll = [("grant_type", Device.GrantType), ("device_code", device.Code)];
            Assert.Equal("authorization_pending", (await device.PollAsync()).Error);
            await DevicePage.AllowAsync(system, browser, device.UserCode);
            await CallAsync((await elsewhere.PostAsync("/token", poll)).AccessToken);
        }

        async Task CallAsync(string accessToken)
        {
            using var call = await client.CallAsync($"{system.McpOrigin}/echo", accessToken);
            Assert.Equal(200, (int)call.StatusCode);
        }

        async Task<SdkClient?> ConnectAsync()
        {
            SdkClient? connected = null;
            await TryAsync("connect", async () => connected = await SdkClient.ConnectAsync(system.Resource));
            return connected;
        }

        async Task TryAsync(string what, Func<Task> work)
        {
            try
            {
                await work();
            }
            catch (Exception exception)
            {
                failures.Add($"{what}: {exception.Message}");
            }
        }
    }

    private static void SetClock(IServiceCollection services, TimeProvider clock) => services.Replace(ServiceDescriptor.Singleton(clock));

    private static async Task<HealthStatus> HealthAsync(TestSite site)
    {
        var report = await site.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Entries["mcpoidc-clock"].Status;
    }
}
