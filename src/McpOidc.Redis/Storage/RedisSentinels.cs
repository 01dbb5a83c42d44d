using System.Net;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>Asks the sentinels of a connection, if it has any, while it is unclear which node is the primary.</summary>
internal sealed class RedisSentinels(IConnectionMultiplexer redis)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private ConnectionMultiplexer? _sentinels;

    /// <summary>Returns a connection to the node that all sentinels announce, and only to that one.</summary>
    /// <param name="before">The previous connection; returned if it is still the right one.</param>
    /// <returns><see langword="null"/> if they do not agree, a failover is in progress, or there are none.</returns>
    public async Task<IConnectionMultiplexer?> ConnectToAnnouncedAsync(IConnectionMultiplexer? before)
    {
        var options = ConfigurationOptions.Parse(redis.Configuration, ignoreUnknown: true);
        if (options.ServiceName is not { Length: > 0 } service || await FindAsync(options.Clone(), service) is not { } announced)
        {
            return null;
        }

        if (before?.GetServers() is [{ IsConnected: true } server] && Equals(server.EndPoint, announced))
        {
            return before;
        }

        options.ServiceName = null;
        options.EndPoints.Clear();
        options.EndPoints.Add(announced);
        RedisConnection.Configure(options);
        var connection = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(s_patience);
        if (connection.GetServers() is [{ IsConnected: true, IsReplica: false }])
        {
            return connection;
        }

        await connection.DisposeAsync();
        return null;
    }

    private async Task<EndPoint?> FindAsync(ConfigurationOptions options, string service)
    {
        if (_sentinels is null)
        {
            (options.User, options.Password) = (options.SentinelUser, options.SentinelPassword);
            options.AbortOnConnectFail = false;
            _sentinels = await ConnectionMultiplexer.SentinelConnectAsync(options).WaitAsync(s_patience);
        }

        var answers = await Task.WhenAll(
            _sentinels.GetServers().Where(server => server.IsConnected).Select(server => AskAsync(server, service))
        );
        // The leader of a failover announces the new primary only after the promotion; until then it announces the old one, which is about
        // to lose its writes.
        return answers.Length > 0 && Array.TrueForAll(answers, answer => answer is not null && Equals(answer, answers[0]))
            ? answers[0]
            : null;
    }

    private static async Task<EndPoint?> AskAsync(IServer sentinel, string service)
    {
        try
        {
            var address = sentinel.SentinelGetMasterAddressByNameAsync(service);
            var state = await sentinel.SentinelMasterAsync(service).WaitAsync(s_patience);
            var isAtFailOver = state.Any(pair =>
                pair.Key == "flags" && pair.Value.Contains("failover_in_progress", StringComparison.Ordinal)
            );
            return isAtFailOver ? null : await address.WaitAsync(s_patience);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // A sentinel that is cut off has outdated information; one that does not respond is ignored.
            return null;
        }
    }
}
