using StackExchange.Redis;

namespace McpOidc.Storage;

internal sealed partial class RedisStore
{
    // The errors for a command that a server lacks or a user has no permission for. A full, loading or read-only server returns others.
    private static readonly string[] s_refusals =
    [
        "NOPERM",
        "unknown command",
        "unknown subcommand",
        "disabled",
        "not supported",
        "not allowed",
        "can't run this command",
    ];

    /// <summary>
    /// Tries every command that this store needs, including those in scripts, on a record that does not exist: a compatible server may
    /// lack some, and a user may have no permission for some.
    /// </summary>
    /// <returns>The ACL rules of the rejected commands.</returns>
    /// <exception cref="StoreUnavailableException">The server does not respond.</exception>
    public async Task<IReadOnlyList<string>> FindMissingRightsAsync(CancellationToken cancellationToken)
    {
        var answers = await AskAnyAsync(() => Task.WhenAll(RightsOfStore().Select(MissingAsync)), cancellationToken);
        return [.. answers.OfType<string>().Distinct()];
    }

    /// <summary>Its address.</summary>
    public string Address => RedisDiagnosis.Describe(redis.GetEndPoints(configuredOnly: true));

    /// <summary>Why the server will never accept this client, and the remedy; <see langword="null"/> if it is unreachable.</summary>
    public Task<(string Problem, string Remedy)?> FindRefusalAsync() => RedisDiagnosis.FindRefusalAsync(redis.Configuration);

    // With several nodes outside a cluster, the connection finds the primary by INFO.
    private IEnumerable<string> RightsOfStore() =>
        RedisRights
            .OfStore.Concat(_replicas > 0 ? [RedisRights.Wait] : [])
            .Concat(redis.GetServers().Length > 1 && !IsCluster ? [RedisRights.Info] : []);

    private async Task<string?> MissingAsync(string command)
    {
        try
        {
            await TryAsync(command);
            return null;
        }
        catch (RedisCommandException)
        {
            // The connection string can disable it.
            return RedisRights.Command(command);
        }
        catch (RedisServerException exception) when (IsRefusal(exception))
        {
            return exception.Message.Contains("one of the keys", StringComparison.Ordinal) ? RedisRights.Keys(_prefix)
                : exception.Message.Contains("one of the channels", StringComparison.Ordinal) ? RedisRights.Channels(_prefix)
                : RedisRights.Command(command);
        }
        catch (RedisServerException)
        {
            return null;
        }
    }

    private Task TryAsync(string command)
    {
        RedisKey nothing = Key("command-probe");
        return command switch
        {
            "subscribe" or "unsubscribe" => TrySubscribingAsync(command),
            "publish" => TryAsync(command, (string)Channel("command-probe")!, ""),
            "script|load" => TryAsync("SCRIPT", "LOAD", "return 1"),
            "eval" => TryAsync(command, "return 1", 1, nothing),
            "evalsha" => TryAsync(command, new string('0', 40), 1, nothing),
            "scan" => TryAsync(command, 0, "COUNT", 1),
            "wait" => TryAsync(command, 0, 1),
            "info" => TryAsync("EVAL", RedisScripts.Memory, 0),
            "getrange" or "zrangebyscore" or "zremrangebyscore" => TryAsync(command, nothing, 0, 0),
            "set" => TryAsync(command, nothing, "", "XX", "GET", "PX", 1),
            "pexpire" => TryAsync(command, nothing, 1),
            "zadd" => TryAsync(command, nothing, "XX", 1, "x"),
            "zscan" => TryAsync(command, nothing, 0),
            _ => TryAsync(command, nothing),
        };
    }

    private Task<RedisResult> TryAsync(string command, params object[] arguments) =>
        Database.ExecuteAsync(command.ToUpperInvariant(), arguments, CommandFlags.DemandMaster);

    // Each on a channel of its own: the library sends only the last UNSUBSCRIBE of a channel.
    private async Task TrySubscribingAsync(string command)
    {
        var subscriber = redis.GetSubscriber();
        var channel = Channel("command-probe:" + command);
        await subscriber.SubscribeAsync(channel, static (_, _) => { });
        await subscriber.UnsubscribeAsync(channel, flags: command == "subscribe" ? CommandFlags.FireAndForget : CommandFlags.None);
    }

    private static bool IsRefusal(Exception? exception) =>
        exception is RedisCommandException
        || (
            exception is RedisServerException
            && Array.Exists(s_refusals, refusal => exception.Message.Contains(refusal, StringComparison.OrdinalIgnoreCase))
        );
}
