using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>How McpOidc connects to Redis, for hosts that make the connection themselves.</summary>
public static class RedisConnection
{
    /// <summary>
    /// Has a connection find a Redis again that was away: within a third of a second after it is back, also when it was away at the start.
    /// By default the pauses between attempts grow to many seconds.
    /// </summary>
    /// <param name="options">Of the connection.</param>
    public static void Configure(ConfigurationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.AbortOnConnectFail = false;
        options.ReconnectRetryPolicy = new LinearRetry(200);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
    }

    internal static IConnectionMultiplexer Open(IServiceProvider services) =>
        Open(
            services.GetRequiredService<IConfiguration>().GetConnectionString("redis")
                ?? throw new InvalidOperationException(
                    "UseRedis() needs ConnectionStrings:redis (environment: ConnectionStrings__redis), or a connection string as its "
                        + "argument."
                )
        );

    internal static IConnectionMultiplexer Open(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        Configure(options);
        return ConnectionMultiplexer.Connect(options);
    }
}
