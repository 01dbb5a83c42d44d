namespace McpOidc.Tests.Hosting;

/// <summary>Whether this machine can start Redis servers for tests.</summary>
public static class RedisRequirement
{
    private const string Reason =
        "redis-server is not on PATH. Install Redis 7 or later (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis).";

    /// <summary>The program, or <see langword="null"/> when it is not on PATH.</summary>
    public static string? Program { get; } = ExecutableFinder.Find("redis-server");

    /// <summary>Why tests with Redis are skipped; <see langword="null"/> when they run. On CI they run and fail instead, because skips go
    /// unnoticed there.</summary>
    public static string? SkipReason { get; } = Program is null && Environment.GetEnvironmentVariable("CI") != "true" ? Reason : null;

    /// <summary>The program.</summary>
    /// <exception cref="InvalidOperationException">It is not on PATH.</exception>
    public static string RequireProgram() => Program ?? throw new InvalidOperationException(Reason);
}
