using McpOidc.Storage;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.PersonalAccessTokens;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpOidc.Tests.Storage;

/// <summary>A Redis that lacks a command, or whose user may not run it, is detected before the first sign-in.</summary>
public sealed class RedisCommandsTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    private const string Check = "mcpoidc-redis";

    public static TheoryData<string> Rights => [.. RedisRights.OfStore];

    [RedisTheory]
    [MemberData(nameof(Rights))]
    public async Task A_forbidden_Redis_command_is_named_at_startup_and_by_the_health_check(string command)
    {
        using var host = await BuildAsync($"-{command}");
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Entries[Check].Status);
        Assert.Contains($"+{command}", health.Entries[Check].Description, StringComparison.Ordinal);

        var refused = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains($"+{command} ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(command.Replace('|', ' ').ToUpperInvariant(), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [RedisTheory]
    [InlineData("-@scripting", "+eval ")]
    [InlineData("resetkeys", "~mcpoidc:*")]
    [InlineData("resetkeys ~other:*", "~mcpoidc:*")]
    [InlineData("resetchannels", "&mcpoidc:*")]
    public async Task Other_missing_permissions_are_named_too(string rules, string remedy)
    {
        using var host = await BuildAsync(rules);
        var refused = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
    }

    [RedisTheory]
    [InlineData("-info")]
    [InlineData("-@all +@read +@write +@connection +@scripting +@pubsub +@transaction -@dangerous")]
    public async Task A_Redis_user_without_permission_for_INFO_is_reported_in_one_line(string rules)
    {
        using var host = await BuildAsync(rules);
        var ofRedis = host
            .Services.GetServices<IHostedService>()
            .Where(service => service.GetType().Assembly == typeof(RedisRights).Assembly);
        foreach (var service in ofRedis.Cast<IHostedLifecycleService>())
        {
            await service.StartingAsync(CancellationToken.None);
        }

        var lines = host.Services.GetRequiredService<LogSink>().Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal));
        var line = Assert.Single(lines, line => line.Contains("INFO", StringComparison.Ordinal));
        Assert.Contains("+info", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", line, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task A_user_with_the_line_of_the_documents_signs_in_in_every_way_and_signs_out_and_is_refused_nothing()
    {
        var server = await redis.ServerAsync();
        var database = (await server.ConnectionAsync()).GetDatabase();
        var line = RedisRights.AclLine("mcpoidc:");
        Assert.Contains(line, File.ReadAllText(Path.Combine(SourceTree.Root, "docs/runbooks-store.md")), StringComparison.Ordinal);
        await database.ExecuteAsync("ACL", [.. line.Split(' ').Skip(1)]);
        await database.ExecuteAsync("ACL", "LOG", "RESET");

        using var store = TestStore.Redis(server, ",user=mcpoidc,password=PASSWORD", "mcpoidc:");
        await using (var system = await TestSystem.StartAsync(EnableDevices, store))
        {
            using var client = system.CreateClient();
            using var browser = new Browser();
            var tokens = await client.RefreshAsync((await client.SignInAsync(browser)).RefreshToken);
            Assert.Equal(200, tokens.Status);
            var personal = await TokenPage.MakeAsync(system, browser);
            using var call = await client.CallAsync(system.McpOrigin + "/echo", personal);
            Assert.Equal(200, (int)call.StatusCode);
            foreach (var token in (string[])[tokens.RefreshToken, personal])
            {
                await client.PostAsync("/token/revocation", [("token", token)]);
            }

            using var device = await Device.BeginAsync(new OAuthClient(system.Issuer, system.Resource) { ClientId = "tv" });
            Assert.Equal("authorization_pending", (await device.PollAsync()).Error);
            await DevicePage.AllowAsync(system, browser, device.UserCode);
            Assert.Equal(200, (await device.PollAsync()).Status);
        }

        var refused = await RefusedAsync(database);
        Assert.True(refused.Length == 0, string.Join('\n', refused));
    }

    private static void EnableDevices(TestSystemOptions options)
    {
        options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
        options.Set("McpOidc:Clients:0:Id", "tv");
        options.Set("McpOidc:Clients:0:GrantTypes:0", Device.GrantType);
    }

    // Optional commands that the library itself uses: for its own channel and its tie-breaker, and one that Redis 7.0 lacks.
    private static async Task<string[]> RefusedAsync(IDatabase database)
    {
        var entries = (RedisResult[])(await database.ExecuteAsync("ACL", "LOG"))!;
        return
        [
            .. entries
                .Select(entry => string.Join(' ', ((RedisResult[])entry!).Select(part => part.ToString())))
                .Where(entry =>
                    !entry.Contains("__Booksleeve", StringComparison.Ordinal)
                    && !entry.Contains("setinfo", StringComparison.OrdinalIgnoreCase)
                ),
        ];
    }

    [RedisFact]
    public async Task An_unreachable_Redis_is_not_reported_as_lacking_commands()
    {
        using var host = Build("127.0.0.1:1,connectTimeout=200,abortConnect=false");
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Entries[Check].Status);
        Assert.Equal(HealthStatus.Unhealthy, health.Entries["mcpoidc-store"].Status);
    }

    private async Task<IHost> BuildAsync(string rules)
    {
        var server = await redis.ServerAsync();
        var user = "u" + Guid.NewGuid().ToString("N");
        var connection = await server.ConnectionAsync();
        await connection.GetDatabase().ExecuteAsync("ACL", ["SETUSER", user, "on", ">secret", "~*", "&*", "+@all", .. rules.Split(' ')]);
        return Build($"{server.ConnectionString},user={user},password=secret");
    }

    private static IHost Build(string connectionString)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Development" });
        builder.Configuration.AddInMemoryCollection([
            new("ConnectionStrings:redis", connectionString),
            new("McpOidc:Authority", "http://localhost:1"),
            new("McpOidc:ResourceServer:Resource", "http://localhost:2/mcp"),
        ]);
        var logs = new LogSink();
        builder.Logging.AddProvider(logs);
        builder.Services.AddSingleton(logs);
        builder.Services.AddMcpOidc().AddResourceServer().UseRedis();
        return builder.Build();
    }
}
