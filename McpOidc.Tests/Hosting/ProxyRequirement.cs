namespace McpOidc.Tests.Hosting;

/// <summary>Whether this machine can start a reverse proxy for tests.</summary>
public static class ProxyRequirement
{
    /// <summary>Why tests with these proxies are skipped; <see langword="null"/> when they run. On CI they run and fail instead, because
    /// skips go unnoticed there.</summary>
    public static string? SkipReason(params IEnumerable<string> proxies) =>
        Environment.GetEnvironmentVariable("CI") == "true"
            ? null
            : proxies.Where(proxy => Find(proxy) is null).Select(Reason).FirstOrDefault();

    /// <summary>The program.</summary>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string RequireProgram(string proxy) => Find(proxy) ?? throw new InvalidOperationException(Reason(proxy));

    // Debian installs nginx and haproxy in a directory that is only on root's PATH.
    private static string? Find(string proxy) =>
        ExecutableFinder.Find(proxy) ?? (File.Exists("/usr/sbin/" + proxy) ? "/usr/sbin/" + proxy : null);

    private static string Reason(string proxy) => $"{proxy} is not installed. Install it (Debian, Ubuntu: apt-get install {proxy}).";
}

/// <summary>A fact behind proxies; skipped where Redis or one of the proxies is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProxyFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    /// <param name="proxies">The programs that the test needs.</param>
    public ProxyFactAttribute(params string[] proxies) => Skip = ProxyRequirement.SkipReason(proxies) ?? RedisRequirement.SkipReason;
}
