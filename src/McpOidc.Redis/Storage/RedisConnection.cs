using McpOidc.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>How McpOidc connects to Redis, for hosts that create the connection themselves.</summary>
public static class RedisConnection
{
    /// <summary>The message for an invalid connection string.</summary>
    internal const string Unreadable =
        "ConnectionStrings:redis (environment: ConnectionStrings__redis) is not a valid StackExchange.Redis connection string. Write it "
        + "like this: host:port,password=…,ssl=true.";

    /// <summary>
    /// Makes a connection reconnect within a third of a second after Redis returns, even if it was unreachable at start. By default the
    /// pauses between attempts grow to many seconds.
    /// </summary>
    /// <param name="options">The options of the connection.</param>
    public static void Configure(ConfigurationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.AbortOnConnectFail = false;
        options.ReconnectRetryPolicy = new LinearRetry(200);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
    }

    internal static IConnectionMultiplexer Open(IServiceProvider services) =>
        Open(
            services.GetRequiredService<IConfiguration>().GetConnectionString("redis") is { Length: > 0 } connection
                ? connection
                : throw new StartException(
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

    /// <returns><see langword="null"/> for an invalid connection string, also a URL, as other libraries want it, which would be taken for
    /// a host name. The exception's message would repeat it, including its password.</returns>
    internal static ConfigurationOptions? TryParse(string connectionString)
    {
        try
        {
            return
                !connectionString.Split(',').Any(part => part.Contains("://", StringComparison.Ordinal) && !part.Contains('='))
                && ConfigurationOptions.Parse(connectionString) is { EndPoints.Count: > 0 } options
                ? options
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
