namespace McpOidc.Storage;

/// <summary>The permissions that the Redis user needs, for the commands of this library and of StackExchange.Redis.</summary>
internal static class RedisRights
{
    /// <summary>The commands that a sign-in needs, as ACL rules. <see cref="RedisStore.FindMissingRightsAsync"/> tries them at
    /// start.</summary>
    public static IReadOnlyList<string> OfStore { get; } =
    [
        "get",
        "mget",
        "getrange",
        "getdel",
        "set",
        "del",
        "pexpire",
        "persist",
        "pttl",
        "zadd",
        "zscan",
        "zrangebyscore",
        "zremrangebyscore",
        "scan",
        "eval",
        "evalsha",
        "script|load",
        "publish",
        "subscribe",
        "unsubscribe",
    ];

    /// <summary>Needed only with <c>WaitForReplicas</c>.</summary>
    public const string Wait = "wait";

    /// <summary>Without it a primary looks like a replica, and the eviction policy is unknown.</summary>
    public const string Info = "info";

    /// <summary>Without it clocks are not compared.</summary>
    public const string Time = "time";

    /// <summary>Commands of the connection itself; it works without some of them.</summary>
    public static IReadOnlyList<string> OfConnection { get; } =
    [Info, "ping", "echo", "hello", "select", "client|setname", "client|id", "cluster|nodes", "cluster|slots", "config|get"];

    /// <summary>All of them, as one command for <c>redis-cli</c>.</summary>
    /// <param name="keyPrefix">The prefix of keys and channels.</param>
    public static string AclLine(string keyPrefix) =>
        $"ACL SETUSER mcpoidc on >PASSWORD resetkeys {Keys(keyPrefix)} resetchannels {Channels(keyPrefix)} -@all "
        + string.Join(' ', OfStore.Append(Wait).Append(Time).Concat(OfConnection).Select(Command));

    public static string Command(string command) => "+" + command;

    public static string Keys(string keyPrefix) => $"~{keyPrefix}*";

    public static string Channels(string keyPrefix) => $"&{keyPrefix}*";
}
