using System.Diagnostics;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// The npm package <c>mcp-oidc-provider</c> from a built clone: its authorization server, a protected server and a Redis of its own, with the
/// identity provider of our system.
/// </summary>
internal static class PeerSystem
{
    public const string Prefix = "npm: ";

    private const string KeyGenerator = "dist/bin/generate-jwks.js";

    private static readonly string[] s_needed = [KeyGenerator, "node_modules/@keyv/redis", "node_modules/@modelcontextprotocol/sdk"];

    /// <param name="clone">The folder with the built clone (<c>McpOidc.Benchmarks/run</c> says how).</param>
    /// <param name="provider">The identity provider's issuer.</param>
    public static async Task<LoadSystem> StartAsync(string clone, string provider)
    {
        if (s_needed.FirstOrDefault(path => !Path.Exists(Path.Combine(clone, path))) is { } missing)
        {
            throw new InvalidOperationException($"MCPOIDC_LOAD_PEER: {clone} has no {missing}; McpOidc.Benchmarks/run says how to make such a folder.");
        }

        var (issuer, mcpOrigin, redisPort) = (LoadSystem.FreeOrigin(), LoadSystem.FreeOrigin(), LoadSystem.FreePort());
        var environment = new Dictionary<string, string>
        {
            ["NODE_ENV"] = "production",
            ["PEER_ISSUER"] = issuer,
            ["PEER_MCP_ORIGIN"] = mcpOrigin,
            ["PEER_PROVIDER"] = provider,
            ["PEER_REDIS"] = $"redis://127.0.0.1:{redisPort}",
            ["PEER_JWKS"] = await GenerateKeysAsync(clone),
        };
        var redis = await LoadSystem.StartRedisAsync(redisPort);
        var auth = await StartAsync("auth", clone, environment, issuer);
        var mcp = await StartAsync("mcp", clone, environment, mcpOrigin);
        return new LoadSystem(Prefix, issuer, mcpOrigin, redisPort, redis) { AuthServer = auth, McpServer = mcp, Provider = provider };
    }

    private static async Task<MeasuredProcess> StartAsync(string part, string clone, Dictionary<string, string> environment, string origin)
    {
        var script = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Peer", "peer.mjs"));
        return await MeasuredProcess.StartAsync("node", ["--input-type=module", "--eval", script, part], environment, origin + "/health", clone);
    }

    // As its manual says; without keys of its own it makes new ones at each start, which would count as time to start.
    private static async Task<string> GenerateKeysAsync(string clone)
    {
        using var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(clone, KeyGenerator)]) { RedirectStandardOutput = true })!;
        var keys = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? keys : throw new InvalidOperationException($"{clone} makes no keys.");
    }
}
