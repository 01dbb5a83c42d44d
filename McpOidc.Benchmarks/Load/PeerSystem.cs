using System.Diagnostics;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// The npm package <c>mcp-oidc-provider</c> from a built clone: its authorization server, a protected server and a separate Redis, with the
/// identity provider of our system; in production, behind a proxy, and with its own log levels, like ours.
/// </summary>
internal static class PeerSystem
{
    public const string Prefix = "npm: ";

    private const string KeyGenerator = "dist/bin/generate-jwks.js";

    private static readonly string[] s_needed = [KeyGenerator, "node_modules/@keyv/redis", "node_modules/@modelcontextprotocol/sdk"];

    /// <param name="options">Includes the folder of the built clone (<c>McpOidc.Benchmarks/run</c> explains how).</param>
    /// <param name="provider">The identity provider's issuer.</param>
    /// <param name="delaysStore">Whether its authorization server reaches Redis through a <see cref="DelayedStore"/>.</param>
    public static async Task<LoadSystem> StartAsync(LoadOptions options, string provider, bool delaysStore = false)
    {
        var clone = options.Peer!;
        if (s_needed.FirstOrDefault(path => !Path.Exists(Path.Combine(clone, path))) is { } missing)
        {
            throw new InvalidOperationException(
                $"MCPOIDC_LOAD_PEER: {clone} has no {missing}; McpOidc.Benchmarks/run says how to make such a folder."
            );
        }

        var system = new LoadSystem
        {
            Prefix = Prefix,
            IsPeer = true,
            Issuer = $"https://localhost:{LoadSystem.FreePort()}",
            McpOrigin = LoadSystem.FreeOrigin(),
            Provider = provider,
        };
        await RedisNodes.StartAsync(system, count: 1, cores: null, delaysStore);
        var origin = LoadSystem.FreeOrigin();
        var environment = new Dictionary<string, string>
        {
            ["NODE_ENV"] = "production",
            ["NODE_EXTRA_CA_CERTS"] = LoadCertificate.Path,
            ["PEER_ISSUER"] = system.Issuer,
            ["PEER_MCP_ORIGIN"] = new Uri(system.Resource).GetLeftPart(UriPartial.Authority),
            ["PEER_PROVIDER"] = provider,
            ["PEER_JWKS"] = await GenerateKeysAsync(clone),
        };
        system.AuthServers.Add(
            new AuthServerPart(await StartAsync("auth", system.DelayedStore?.Connection ?? system.RedisConnection, origin), origin)
        );
        system.Own(await ReverseProxy.StartAsync(options.Benchmarks, system.Issuer, origin));
        system.McpServer = await StartAsync("mcp", system.RedisConnection, system.McpOrigin);
        return system;

        async Task<MeasuredProcess> StartAsync(string part, string redis, string at)
        {
            var script = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Peer", "peer.mjs"));
            var own = new Dictionary<string, string>(environment)
            {
                ["PEER_REDIS"] = "redis://" + redis,
                ["PEER_PORT"] = at.Split(':')[^1],
            };
            return system.Own(
                await MeasuredProcess.StartAsync(
                    new ProcessPlan("node", "--input-type=module", "--eval", script, part)
                    {
                        Environment = own,
                        Health = at + "/health",
                        Folder = clone,
                    }
                )
            );
        }
    }

    // As its manual describes; without configured keys it generates new ones at each start, which would count as start-up time.
    private static async Task<string> GenerateKeysAsync(string clone)
    {
        using var process = Children.Start(
            new ProcessStartInfo("node", [Path.Combine(clone, KeyGenerator)]) { RedirectStandardOutput = true }
        );
        var keys = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? keys : throw new InvalidOperationException($"{clone} makes no keys.");
    }
}
