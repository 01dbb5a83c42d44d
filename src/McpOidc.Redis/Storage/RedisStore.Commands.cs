using StackExchange.Redis;

namespace McpOidc.Storage;

internal sealed partial class RedisStore
{
    // What a server answers that has not a command, or a user that may not use it. A full, loading or read-only server says other things.
    private static readonly string[] s_refusals =
    [
        "NOPERM",
        "unknown command",
        "unknown subcommand",
        "disabled",
        "not supported",
        "not allowed",
    ];

    /// <summary>
    /// Uses every command that this store needs, its scripts' included, on a record that there is none of: a server that speaks Redis's
    /// protocol need not have them all, and a user not the right to.
    /// </summary>
    /// <returns>Those that are refused.</returns>
    /// <exception cref="StoreUnavailableException">The server does not answer.</exception>
    public async Task<IReadOnlyList<string>> FindMissingCommandsAsync(CancellationToken cancellationToken)
    {
        var answers = await AskAsync(
            () => Task.WhenAll(Probes().Select(probe => IsMissingAsync(probe.Command, probe.Arguments))),
            cancellationToken
        );
        return [.. answers.OfType<string>()];
    }

    private IEnumerable<(string Command, object[] Arguments)> Probes()
    {
        RedisKey nothing = Key("command-probe");
        yield return ("GET", [nothing]);
        yield return ("MGET", [nothing]);
        yield return ("GETRANGE", [nothing, 0, 1]);
        yield return ("GETDEL", [nothing]);
        yield return ("SET", [nothing, "", "XX", "GET", "PX", 1]);
        yield return ("DEL", [nothing]);
        yield return ("PEXPIRE", [nothing, 1]);
        yield return ("PERSIST", [nothing]);
        yield return ("PTTL", [nothing]);
        yield return ("ZADD", [nothing, "XX", 1, "x"]);
        yield return ("ZSCAN", [nothing, 0]);
        yield return ("ZRANGEBYSCORE", [nothing, 0, 0]);
        yield return ("ZREMRANGEBYSCORE", [nothing, 0, 0]);
        yield return ("EVAL", ["return 1", 1, nothing]);
        yield return ("EVALSHA", [new string('0', 40), 1, nothing]);
        yield return ("PUBLISH", [(string)Channel("command-probe")!, ""]);
    }

    private async Task<string?> IsMissingAsync(string command, object[] arguments)
    {
        try
        {
            await Database.ExecuteAsync(command, arguments, CommandFlags.DemandMaster);
            return null;
        }
        catch (RedisCommandException)
        {
            // The connection string takes it away.
            return command;
        }
        catch (RedisServerException exception)
        {
            return Array.Exists(s_refusals, refusal => exception.Message.Contains(refusal, StringComparison.OrdinalIgnoreCase))
                ? command
                : null;
        }
    }
}
