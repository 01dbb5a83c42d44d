using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Tests.Storage;

/// <summary>A Redis that lacks a command, or whose user may not use it, is found before somebody signs in.</summary>
public sealed class RedisCommandsTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    private const string Check = "mcpoidc-redis";

    [RedisTheory]
    [InlineData("-@scripting", "EVAL")]
    [InlineData("-eval", "EVAL")]
    [InlineData("-evalsha", "EVALSHA")]
    [InlineData("-getdel", "GETDEL")]
    [InlineData("-mget", "MGET")]
    [InlineData("-zadd", "ZADD")]
    [InlineData("-zrangebyscore", "ZRANGEBYSCORE")]
    [InlineData("-pexpire", "PEXPIRE")]
    [InlineData("-publish", "PUBLISH")]
    public async Task A_command_that_is_missing_is_named_at_start_and_by_health(string rule, string command)
    {
        using var host = await BuildAsync(rule);
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Entries[Check].Status);
        Assert.Contains(command, health.Entries[Check].Description, StringComparison.Ordinal);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains(command, refused.Message, StringComparison.Ordinal);
        Assert.Contains("+" + command.ToLowerInvariant(), refused.Message, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task A_user_with_the_commands_that_are_needed_and_no_others_is_enough()
    {
        using var host = await BuildAsync(
            "-@all +get +mget +getrange +getdel +set +del +pexpire +persist +pttl +zadd +zscan +zrangebyscore +zremrangebyscore +eval "
                + "+evalsha +script|load +publish +subscribe +unsubscribe +info +ping +client +cluster +config|get +echo +hello +select"
        );
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal((HealthStatus.Healthy, null), (health.Entries[Check].Status, health.Entries[Check].Description));
    }

    [RedisFact]
    public async Task A_Redis_that_is_away_is_not_said_to_lack_anything()
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
        builder.Services.AddMcpOidc().AddResourceServer().UseRedis();
        return builder.Build();
    }
}
