using McpOidc.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>How McpOidc connects to Redis, for hosts that make the connection themselves.</summary>
public static class RedisConnection
{
    /// <summary>What is said of a connection string that cannot be read.</summary>
    internal const string Unreadable =
        "ConnectionStrings:redis (environment: ConnectionStrings__redis) cannot be read. Write it as StackExchange.Redis does: "
        + "host:port,password=…,ssl=true.";

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
                ?? throw new StartException(
                    "UseRedis() needs ConnectionStrings:redis (environment: ConnectionStrings__redis), or a connection string as its "
                        + "argument."
                )
        );

    internal static IConnectionMultiplexer Open(string connectionString)
    {
        var options = TryParse(connectionString) ?? throw new StartException(Unreadable);
        Configure(options);
        return ConnectionMultiplexer.Connect(options);
    }

    /// <returns><see langword="null"/> for what is no connection string. The message would repeat it, with its password.</returns>
    internal static ConfigurationOptions? TryParse(string connectionString)
    {
        try
        {
            return ConfigurationOptions.Parse(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
