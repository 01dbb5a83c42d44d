namespace McpOidc.Storage;

/// <summary>What the user of Redis has to be allowed: what this library asks for, and what StackExchange.Redis asks for itself.</summary>
internal static class RedisRights
{
    /// <summary>What a sign-in needs, as ACL rules name it. <see cref="RedisStore.FindMissingRightsAsync"/> tries them at start.</summary>
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

    /// <summary>What the store asks only where it waits for replicas.</summary>
    public const string Wait = "wait";

    /// <summary>Without it a primary looks like a replica, and a cache like a store.</summary>
    public const string Info = "info";

    /// <summary>Without it clocks are not compared.</summary>
    public const string Time = "time";

    /// <summary>What the connection asks: some of it may be refused, and it does without.</summary>
    public static IReadOnlyList<string> OfConnection { get; } =
    [Info, "ping", "echo", "hello", "select", "client|setname", "client|id", "cluster|nodes", "cluster|slots", "config|get"];

    /// <summary>Everything, as one command for <c>redis-cli</c>.</summary>
    /// <param name="keyPrefix">Of the keys and channels.</param>
    public static string AclLine(string keyPrefix) =>
        $"ACL SETUSER mcpoidc on >PASSWORD resetkeys {Keys(keyPrefix)} resetchannels {Channels(keyPrefix)} -@all "
        + string.Join(' ', OfStore.Append(Wait).Append(Time).Concat(OfConnection).Select(Command));

    public static string Command(string command) => "+" + command;

    public static string Keys(string keyPrefix) => $"~{keyPrefix}*";

    public static string Channels(string keyPrefix) => $"&{keyPrefix}*";
}
