namespace McpOidc.Storage;

internal sealed partial class RedisStore
{
    /// <summary>What each primary that can be reached does when its memory is full.</summary>
    /// <returns><see langword="null"/> where we may not ask.</returns>
    public async Task<IReadOnlyList<(string Server, string Policy)>?> FindEvictionPoliciesAsync(CancellationToken cancellationToken)
    {
        var primaries = redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).ToList();
        // By a script: the library keeps INFO itself for connections that may administer the server.
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
