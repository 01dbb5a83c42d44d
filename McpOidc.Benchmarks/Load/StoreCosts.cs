using System.Globalization;
using StackExchange.Redis;

namespace McpOidc.Benchmarks.Load;

/// <summary>What an operation costs the store: round trips, keys, bytes, and what has no expiry.</summary>
internal static class StoreCosts
{
    private const int SignIns = 50;

    public static async Task PrintAsync(LoadSystem system, LoadClient client, string clientId)
    {
        Console.WriteLine();
        await PrintTripsAsync(system, client, clientId);
        using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{system.RedisPort}");
        var server = redis.GetServers()[0];
        var before = await SizesAsync(redis, server);
        string[] refreshTokens = [.. (await Task.WhenAll(Enumerable.Range(0, SignIns).Select(_ => client.SignInAsync(clientId)))).Select(tokens => tokens.RefreshToken)];
        var after = await SizesAsync(redis, server);
        var grown = after.Where(key => !before.ContainsKey(key.Key)).ToList();
        Print($"{system.Prefix}one sign-in leaves {grown.Count / (double)SignIns:F1} keys and {grown.Sum(key => key.Value.Bytes) / SignIns:N0} bytes in Redis, {grown.Count(key => !key.Value.Ends) / (double)SignIns:F1} of the keys without expiry");
        // The first rotation keeps what a retry needs; each further one puts its own in that place.
        var first = await RotateAsync(client, clientId, redis, refreshTokens);
        var third = await RotateAsync(client, clientId, redis, await Task.WhenAll(first.Tokens.Select(token => client.RefreshAsync(clientId, token))));
        Print($"{system.Prefix}the first rotation adds {(first.Bytes - after.Sum(key => key.Value.Bytes)) / SignIns:N0} bytes, each further one {(third.Bytes - first.Bytes) / 2.0 / SignIns:N1} bytes and {(third.Keys - first.Keys) / 2.0 / SignIns:F1} keys");
    }

    private static async Task<(string[] Tokens, long Bytes, int Keys)> RotateAsync(LoadClient client, string clientId, ConnectionMultiplexer redis, string[] tokens)
    {
        var next = await Task.WhenAll(tokens.Select(token => client.RefreshAsync(clientId, token)));
        var sizes = await SizesAsync(redis, redis.GetServers()[0]);
        return (next, sizes.Sum(key => key.Value.Bytes), sizes.Count);
    }

    private static async Task PrintTripsAsync(LoadSystem system, LoadClient client, string clientId)
    {
        await using var trips = StoreTrips.Watch(system.RedisPort);
        var tokens = await client.SignInAsync(clientId);
        await trips.TakeAsync();
        tokens = await client.SignInAsync(clientId);
        var signIn = await trips.TakeAsync();
        await client.RefreshAsync(clientId, tokens.RefreshToken);
        var refresh = await trips.TakeAsync();
        await client.RegisterAsync();
        var register = await trips.TakeAsync();
        Print($"{system.Prefix}round trips to the store: sign-in {signIn.Trips} ({signIn.Commands} commands), refresh {refresh.Trips} ({refresh.Commands}), register {register.Trips} ({register.Commands})");
    }

    private static async Task<Dictionary<string, (long Bytes, bool Ends)>> SizesAsync(ConnectionMultiplexer redis, IServer server)
    {
        var sizes = new Dictionary<string, (long, bool)>(StringComparer.Ordinal);
        await foreach (var key in server.KeysAsync(pageSize: 1000))
        {
            sizes[key!] = ((long)await redis.GetDatabase().ExecuteAsync("MEMORY", "USAGE", key), await redis.GetDatabase().KeyTimeToLiveAsync(key) is not null);
        }

        return sizes;
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
