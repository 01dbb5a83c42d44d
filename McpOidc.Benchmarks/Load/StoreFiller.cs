using StackExchange.Redis;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Fills Redis with the data of many users: copies of one sign-in's records under new names. They are never read; they show whether their
/// presence costs anything.
/// </summary>
internal static class StoreFiller
{
    private const int Batch = 5_000;

    public static async Task FillAsync(LoadOperations operations, int records)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(operations.System.RedisConnection);
        var database = redis.GetDatabase();
        await operations.Client.SignInAsync(operations.ClientId);
        var samples = new List<(string Kind, byte[] Value)>();
        foreach (var kind in new[] { "client", "grant", "user" })
        {
            var key = await redis.GetServers()[0].KeysAsync(pattern: $"mcpoidc:{kind}:*", pageSize: 1000).FirstAsync();
            samples.Add((kind, (await database.KeyDumpAsync(key))!));
        }

        for (var done = 0; done < records; done += Batch)
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, Batch)
                    .SelectMany(_ => samples)
                    .Select(sample =>
                        database.KeyRestoreAsync($"mcpoidc:{sample.Kind}:{{{Guid.NewGuid():N}}}", sample.Value, TimeSpan.FromHours(2))
                    )
            );
        }
    }
}
