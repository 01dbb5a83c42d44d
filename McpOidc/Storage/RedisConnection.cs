using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>Connects to Redis where the host has not registered a connection of its own.</summary>
internal static class RedisConnection
{
    public static IConnectionMultiplexer Open(IServiceProvider services)
        => Open(services.GetRequiredService<IConfiguration>().GetConnectionString("redis") ?? throw new InvalidOperationException(
            "UseRedis() needs ConnectionStrings:redis (environment: ConnectionStrings__redis), or a connection string as its argument."));

    public static IConnectionMultiplexer Open(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        // Else a Redis that is away while we start would never be found again.
        options.AbortOnConnectFail = false;
        // By default the pauses grow to many seconds, and a Redis that is back would be asked long after it could answer.
        options.ReconnectRetryPolicy = new LinearRetry(200);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        return ConnectionMultiplexer.Connect(options);
    }
}
