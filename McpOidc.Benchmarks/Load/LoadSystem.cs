using System.Collections.Concurrent;
using System.Net.NetworkInformation;

namespace McpOidc.Benchmarks.Load;

/// <summary>An authorization server of a system.</summary>
/// <param name="Process">The process.</param>
/// <param name="Origin">Where it listens, without TLS, behind its proxy.</param>
/// <param name="Cores">The processors that it may use, and its load generator; all without.</param>
internal sealed record AuthServerPart(MeasuredProcess Process, string Origin, string? Cores = null);

/// <summary>Redis, the stand-in identity provider, authorization servers and a protected server, each a process of its own.</summary>
internal sealed class LoadSystem : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, bool> s_given = new();

    private readonly List<IAsyncDisposable> _parts = [];

    /// <summary>Of its lines in the report.</summary>
    public required string Prefix { get; init; }

    public required bool IsPeer { get; init; }

    /// <summary>What clients know it by, over https.</summary>
    public required string Issuer { get; init; }

    /// <summary>Where the protected server listens, without TLS, behind its proxy.</summary>
    public required string McpOrigin { get; init; }

    /// <summary>The identity provider's issuer.</summary>
    public required string Provider { get; init; }

    /// <summary>The MCP endpoint as clients know it.</summary>
    public string Resource => McpOrigin.Replace("http:", "https:", StringComparison.Ordinal) + "/mcp";

    public List<MeasuredProcess> RedisNodes { get; } = [];

    /// <summary>Where its Redis is, past a <see cref="DelayedStore"/>.</summary>
    public string RedisConnection { get; set; } = "";

    /// <summary>What makes its trips to Redis long, where it was asked for.</summary>
    public DelayedStore? DelayedStore { get; set; }

    public List<AuthServerPart> AuthServers { get; } = [];

    /// <summary>The only one, where there is one.</summary>
    public AuthServerPart AuthServer => AuthServers.Single();

    public MeasuredProcess? McpServer { get; set; }

    /// <summary>Has a part end with the system, before those that were there earlier.</summary>
    public T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }
    }

    public static string FreeOrigin() => $"http://localhost:{FreePort()}";

    /// <summary>Below those that the system gives to outgoing connections, of which the load makes many between here and the server's
    /// start.</summary>
    public static int FreePort()
    {
        var used = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        return Enumerable
            .Repeat(0, 1000)
            .Select(_ => Random.Shared.Next(10_000, 32_768))
            .First(port => !used.Contains(port) && s_given.TryAdd(port, true));
    }
}
