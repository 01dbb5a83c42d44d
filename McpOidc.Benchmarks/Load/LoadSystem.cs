using System.Collections.Concurrent;
using System.Net.NetworkInformation;

namespace McpOidc.Benchmarks.Load;

/// <summary>An authorization server of a system.</summary>
/// <param name="Process">The process.</param>
/// <param name="Origin">The address where it listens, without TLS, behind its proxy.</param>
/// <param name="Cores">The processors that it and its load generator may use; all if <see langword="null"/>.</param>
internal sealed record AuthServerPart(MeasuredProcess Process, string Origin, string? Cores = null);

/// <summary>Redis, the stand-in identity provider, authorization servers and a protected server, each in its own process.</summary>
internal sealed class LoadSystem : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, bool> s_given = new();

    private readonly List<IAsyncDisposable> _parts = [];

    /// <summary>The prefix of its lines in the report.</summary>
    public required string Prefix { get; init; }

    public required bool IsPeer { get; init; }

    /// <summary>The issuer that clients use, over https.</summary>
    public required string Issuer { get; init; }

    /// <summary>The address where the protected server listens, without TLS, behind its proxy.</summary>
    public required string McpOrigin { get; init; }

    /// <summary>The identity provider's issuer.</summary>
    public required string Provider { get; init; }

    /// <summary>The MCP endpoint's public URL.</summary>
    public string Resource => McpOrigin.Replace("http:", "https:", StringComparison.Ordinal) + "/mcp";

    public List<MeasuredProcess> RedisNodes { get; } = [];

    /// <summary>The address of its Redis, bypassing a <see cref="DelayedStore"/>.</summary>
    public string RedisConnection { get; set; } = "";

    /// <summary>The proxy that delays Redis, if requested.</summary>
    public DelayedStore? DelayedStore { get; set; }

    public List<AuthServerPart> AuthServers { get; } = [];

    /// <summary>The authorization server, if there is only one.</summary>
    public AuthServerPart AuthServer => AuthServers.Single();

    public MeasuredProcess? McpServer { get; set; }

    /// <summary>Disposes a part with the system, before the parts added earlier.</summary>
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

    /// <summary>A port below the range for outgoing connections, of which the load opens many before the server starts.</summary>
    public static int FreePort()
    {
        var used = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        return Enumerable
            .Repeat(0, 1000)
            .Select(_ => Random.Shared.Next(10_000, 32_768))
            .First(port => !used.Contains(port) && s_given.TryAdd(port, true));
    }
}
