namespace McpOidc.Tests.Hosting;

/// <summary>Whether this machine can start nginx for tests.</summary>
public static class NginxRequirement
{
    private const string Reason =
        "nginx is not installed. Install it (Debian, Ubuntu: apt-get install nginx-light; macOS: brew install nginx).";

    // Debian installs it in a directory that is only on root's PATH.
    private static readonly string? s_program =
        ExecutableFinder.Find("nginx") ?? (File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : null);

    /// <summary>Why tests with nginx are skipped; <see langword="null"/> when they run. On CI they run and fail instead, because skips go
    /// unnoticed there.</summary>
    public static string? SkipReason { get; } = s_program is null && Environment.GetEnvironmentVariable("CI") != "true" ? Reason : null;

    /// <summary>The program.</summary>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string RequireProgram() => s_program ?? throw new InvalidOperationException(Reason);
}
