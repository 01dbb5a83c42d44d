namespace McpOidc.Tests.Hosting;

/// <summary>Whether this machine can start a reverse proxy for tests.</summary>
public static class ProxyRequirement
{
    /// <summary>Why tests with these proxies are skipped; <see langword="null"/> when they run. On CI they run, and fail: nobody reads
    /// skips there.</summary>
    public static string? SkipReason(params IEnumerable<string> proxies) =>
        Environment.GetEnvironmentVariable("CI") == "true"
            ? null
            : proxies.Where(proxy => Find(proxy) is null).Select(Reason).FirstOrDefault();

    /// <summary>The program.</summary>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string RequireProgram(string proxy) => Find(proxy) ?? throw new InvalidOperationException(Reason(proxy));

    // Debian keeps nginx and haproxy where only root looks.
    private static string? Find(string proxy) =>
        ExecutableFinder.Find(proxy) ?? (File.Exists("/usr/sbin/" + proxy) ? "/usr/sbin/" + proxy : null);

    private static string Reason(string proxy) => $"{proxy} is not installed. Install it (Debian, Ubuntu: apt-get install {proxy}).";
}

/// <summary>A fact behind proxies; skipped where one of them is not installed, or Redis.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProxyFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    /// <param name="proxies">Their programs.</param>
    public ProxyFactAttribute(params string[] proxies) => Skip = ProxyRequirement.SkipReason(proxies) ?? RedisRequirement.SkipReason;
}
