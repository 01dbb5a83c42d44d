using System.Net;
using McpOidc.Hosting;
using McpOidc.Testing;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace McpOidc.Tests.Storage;

/// <summary>Startup waits for an unavailable Redis, and fails if Redis refuses the connection.</summary>
public sealed class RedisArrivalTests
{
    private const string Waiting = "Waiting for Redis at ";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [RedisFact]
    public async Task A_Redis_unreachable_at_startup_is_named_and_awaited_while_every_request_yields_503()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var site = await StartAsync($"localhost:{redis.Port},connectTimeout=500,connectRetry=1");
        using var http = new HttpClient { Timeout = s_patience };
        Assert.Single(site.Logs.Lines, line => line.Contains($"{Waiting}localhost:{redis.Port},", StringComparison.Ordinal));
        Assert.Equal(503, await StatusAsync("/health"));
        Assert.Equal(503, await StatusAsync("/jwks"));
        Assert.Equal(503, await StatusAsync("/.well-known/oauth-authorization-server"));
        Assert.Equal(200, await StatusAsync("/alive"));
        Assert.Equal(200, await StatusAsync("/of-the-application"));
        // What runs in the background says so once, and not with each of its attempts.
        foreach (var said in (string[])["The revocation log cannot be read", "Signals about ended grants"])
        {
            Assert.InRange(site.Logs.Lines.Count(line => line.Contains(said, StringComparison.Ordinal)), 0, 1);
        }

        await redis.RestartAsync();
        await site.Logs.WaitForAsync("responds.", s_patience);
        await site.Logs.WaitForAsync("Access tokens are signed with", s_patience);
        Assert.Equal(200, await StatusAsync("/jwks"));
        Assert.Equal(200, await StatusAsync("/.well-known/oauth-authorization-server"));
        Assert.Equal(200, await StatusAsync("/health"));

        async Task<int> StatusAsync(string path)
        {
            using var answer = await http.GetAsync(new Uri(site.Origin + path));
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_wait_for_Redis_is_logged_again_every_half_minute()
    {
        var clock = new TestClock();
        await using var site = await StartAsync($"127.0.0.1:{Loopback.FreePort()},connectTimeout=200,connectRetry=1", clock);
        Assert.Equal(1, Lines());
        clock.Advance(TimeSpan.FromSeconds(31));
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Lines() < 2)
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }

        Assert.Equal(2, Lines());
        Assert.DoesNotContain(site.Logs.Lines, line => line.Contains("The current ones remain in use", StringComparison.Ordinal));

        int Lines() => site.Logs.Lines.Count(line => line.Contains(Waiting, StringComparison.Ordinal));
    }

    [RedisTheory]
    [InlineData(",password=a-password-of-mine", "rejects the user name or the password. Correct user= and password=")]
    [InlineData("", "rejects the user name or the password. Correct user= and password=")]
    [InlineData(",user=somebody,password=a-password-of-mine", "rejects the user name or the password. Correct user= and password=")]
    [InlineData(",password=the-right-one,ssl=true", "does not use TLS, or its certificate is not trusted")]
    public async Task A_Redis_that_rejects_the_connection_prevents_the_start(string options, string said)
    {
        await using var redis = await RedisServer.StartAsync();
        await (await redis.ConnectionAsync()).GetServers()[0].ConfigSetAsync("requirepass", "the-right-one");
        var refused = await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            StartAsync($"localhost:{redis.Port},connectTimeout=1000,connectRetry=1{options}")
        );
        var sentence = Assert.Single(StartFault.Describe(refused)!);
        Assert.Contains($"Redis at localhost:{redis.Port} {said}", sentence, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:redis (environment: ConnectionStrings__redis)", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("password-of-mine", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_are_logged_as_people_write_them() =>
        Assert.Equal(
            "redis.internal:6379, 127.0.0.1:6380",
            McpOidc.Storage.RedisDiagnosis.Describe(ConfigurationOptions.Parse("redis.internal:6379,127.0.0.1:6380").EndPoints)
        );

    private static Task<TestSite> StartAsync(string connection, TimeProvider? clock = null)
    {
        var port = Loopback.FreePort();
        return TestSite.StartAsync(
            port,
            [
                new("ConnectionStrings:redis", connection),
                new("McpOidc:Issuer", $"http://localhost:{port}"),
                new("McpOidc:Resources:0:Uri", $"http://localhost:{port}/mcp"),
                new("McpOidc:Secret", "0123456789012345678901234567890123456789"),
                new("McpOidc:IdentityProvider:Issuer", "http://localhost:1"),
                new("McpOidc:IdentityProvider:ClientId", "client"),
                new("McpOidc:Registration:ClientIdMetadataDocuments:ProbeInterval", "00:00:00"),
            ],
            builder =>
            {
                builder.Services.AddSingleton(clock ?? TimeProvider.System);
                builder.AddServiceDefaults();
                builder.AddMcpOidc().AddAuthorizationServer().AddProcessGuards();
            },
            app =>
            {
                app.UseMcpOidc();
                app.MapMcpOidc();
                app.MapGet("/of-the-application", () => HttpStatusCode.OK);
                app.MapDefaultEndpoints();
            }
        );
    }
}
