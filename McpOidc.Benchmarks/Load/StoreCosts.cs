using StackExchange.Redis;

namespace McpOidc.Benchmarks.Load;

/// <summary>What operations cost in the store.</summary>
/// <param name="SignInTrips">Round trips of a sign-in.</param>
/// <param name="RefreshTrips">Round trips of a refresh.</param>
/// <param name="RegisterTrips">Round trips of a registration.</param>
/// <param name="Keys">The number of keys that a sign-in adds.</param>
/// <param name="Bytes">The bytes that a sign-in adds in Redis, in its own keys and in existing ones.</param>
/// <param name="Endless">How many of these keys have no expiry.</param>
/// <param name="FirstRotation">The bytes that the first rotation adds.</param>
/// <param name="FurtherRotation">The bytes that each further rotation adds.</param>
internal sealed record StoreCosts(
    int SignInTrips,
    int RefreshTrips,
    int RegisterTrips,
    double Keys,
    double Bytes,
    double Endless,
    double FirstRotation,
    double FurtherRotation
)
{
    private const int SignIns = 50;

    /// <param name="operations">The operations of the system whose keys and bytes are counted; it is otherwise idle.</param>
    /// <param name="delayed">The same system with a <see cref="DelayedStore"/>, where trips are counted.</param>
    public static async Task<StoreCosts> MeasureAsync(LoadOperations operations, LoadSystem delayed)
    {
        var prefix = operations.System.Prefix;
        var trips = await CountTripsAsync(delayed, prefix);
        var (client, clientId) = (operations.Client, operations.ClientId);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(operations.System.RedisConnection);
        var empty = await StoreSizes.ReadAsync(redis);
        await Task.WhenAll(Enumerable.Range(0, SignIns).Select(_ => client.RegisterAsync()));
        var before = await StoreSizes.ReadAsync(redis);
        string[] tokens =
        [
            .. (await Task.WhenAll(Enumerable.Range(0, SignIns).Select(_ => client.SignInAsync(clientId)))).Select(tokens =>
                tokens.RefreshToken
            ),
        ];
        var after = await StoreSizes.ReadAsync(redis);
        Print(
            $"{prefix}one registration leaves {(before.Count - empty.Count) / (double)SignIns:F1} keys and "
                + $"{(before.Bytes - empty.Bytes) / SignIns:N0} bytes in Redis"
        );
        PrintKinds(prefix, before, after);
        // The first rotation keeps what a retry needs; each further one replaces it.
        var first = await RotateAsync(client, clientId, redis, tokens);
        var third = await RotateAsync(
            client,
            clientId,
            redis,
            await Task.WhenAll(first.Tokens.Select(token => client.RefreshAsync(clientId, token)))
        );
        var (firstBytes, furtherBytes) = (
            (first.Sizes.Bytes - after.Bytes) / (double)SignIns,
            (third.Sizes.Bytes - first.Sizes.Bytes) / 2.0 / SignIns
        );
        Print(
            $"{prefix}the first rotation adds {firstBytes:N0} bytes, each further one {furtherBytes:N1} bytes and "
                + $"{(third.Sizes.Count - first.Sizes.Count) / 2.0 / SignIns:F1} keys"
        );
        return new StoreCosts(
            trips.SignIn,
            trips.Refresh,
            trips.Register,
            (after.Count - before.Count) / (double)SignIns,
            (after.Bytes - before.Bytes) / (double)SignIns,
            (after.Endless - before.Endless) / (double)SignIns,
            firstBytes,
            furtherBytes
        );
    }

    private static async Task<(int SignIn, int Refresh, int Register)> CountTripsAsync(LoadSystem system, string prefix)
    {
        using var client = new LoadClient(system, system.AuthServer.Origin);
        var clientId = await client.RegisterAsync();
        await client.RefreshAsync(clientId, (await client.SignInAsync(clientId)).RefreshToken);
        await using var trips = new StoreTrips(system.DelayedStore!);
        var refreshToken = "";
        var signIn = await trips.CountAsync(async () => refreshToken = (await client.SignInAsync(clientId)).RefreshToken);
        if (signIn.Commands == 0)
        {
            throw new InvalidOperationException("Nothing was asked of the store: its commands were not seen.");
        }

        var refresh = await trips.CountAsync(async () => refreshToken = await client.RefreshAsync(clientId, refreshToken));
        // A stateless registration asks nothing of it.
        var register = await trips.CountAsync(client.RegisterAsync);
        Print(
            $"{prefix}round trips to the store: sign-in {signIn.Trips} ({signIn.Commands} commands), refresh {refresh.Trips} "
                + $"({refresh.Commands}), register {register.Trips} ({register.Commands})"
        );
        return (signIn.Trips, refresh.Trips, register.Trips);
    }

    private static void PrintKinds(string prefix, StoreSizes before, StoreSizes after)
    {
        Print(
            $"{prefix}one sign-in leaves {(after.Count - before.Count) / (double)SignIns:F1} keys and "
                + $"{(after.Bytes - before.Bytes) / SignIns:N0} bytes in Redis, {(after.Plain - before.Plain) / SignIns:N0} of them "
                + $"values; {(after.Endless - before.Endless) / (double)SignIns:F1} of the keys are without expiry:"
        );
        var grown = after.Without(before);
        foreach (var (kind, sizes) in grown.Kinds)
        {
            Print(
                $"{prefix}  {kind} {sizes.Count / (double)SignIns:F1} keys, {sizes.Bytes / SignIns:N0} bytes, {sizes.Plain / SignIns:N0} "
                    + $"of them values{(sizes.Endless > 0 ? ", without expiry" : "")}"
            );
        }

        Print($"{prefix}  more in keys that were there: {(after.Bytes - before.Bytes - grown.Bytes) / SignIns:N0} bytes");
    }

    private static async Task<(string[] Tokens, StoreSizes Sizes)> RotateAsync(
        LoadClient client,
        string clientId,
        ConnectionMultiplexer redis,
        string[] tokens
    )
    {
        var next = await Task.WhenAll(tokens.Select(token => client.RefreshAsync(clientId, token)));
        return (next, await StoreSizes.ReadAsync(redis));
    }

    private static void Print(string text) => Console.WriteLine(text);
}
