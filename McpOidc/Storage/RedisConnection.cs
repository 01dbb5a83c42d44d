using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>Connects to Redis where the host has not registered a connection of its own.</summary>
internal static class RedisConnection
{
    public static IConnectionMultiplexer Open(IServiceProvider services)
    {
        var options = ConfigurationOptions.Parse(services.GetRequiredService<IConfiguration>().GetConnectionString("redis")!);
        // A Redis that starts later than we do is waited for, not a reason to die.
        options.AbortOnConnectFail = false;
        return ConnectionMultiplexer.Connect(options);
    }
}
