namespace McpOidc.Storage;

internal sealed partial class RedisStore
{
    /// <summary>The eviction policy of each reachable primary.</summary>
    /// <returns><see langword="null"/> without permission.</returns>
    public async Task<IReadOnlyList<(string Server, string Policy)>?> FindEvictionPoliciesAsync(CancellationToken cancellationToken)
    {
        var primaries = redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).ToList();
        // Through a script: the library allows INFO itself only for connections with admin mode.
        try
        {
            var memory = await AskAnyAsync(
                () => Task.WhenAll(primaries.Select(server => server.ExecuteAsync("EVAL", RedisScripts.Memory, 0))),
                cancellationToken
            );
            return [.. primaries.Zip(memory, (server, text) => (RedisDiagnosis.Describe(server.EndPoint), PolicyIn((string)text!)))];
        }
        catch (StoreUnavailableException exception) when (IsRefusal(exception.InnerException))
        {
            return null;
        }
    }

    private static string PolicyIn(string info)
    {
        const string Name = "maxmemory_policy:";
        return info.Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..].Trim() ?? "";
    }
}
