using System.Globalization;
using McpOidc.Benchmarks.Load;
using StackExchange.Redis;

namespace McpOidc.Benchmarks.Strangers;

/// <summary>
/// One attacker from one address within the default limits, while twenty honest clients work: none of their requests may fail or become
/// much slower, and attackers may leave little in the store. <c>MCPOIDC_LOAD_STRANGERS</c> sets the seconds for each attack.
/// </summary>
internal static class StrangerRig
{
    private const int PerSecond = 300;
    private const double MostMegabytesPerHour = 64;
    private const double MostTimesSlower = 5;

    public static async Task<int> RunAsync(LoadOptions options, TimeSpan duration)
    {
        await using var system = await OurSystem.StartAsync(options, new SystemPlan { HasMcpServer = false, KeepsLimits = true });
        await using var redis = await ConnectionMultiplexer.ConnectAsync(system.RedisConnection + ",allowAdmin=true");
        var honest = await HonestClients.SignInAsync(system);
        var attacks = Attack.All(honest.AnyClientId, system);
        // Warms up, so that the first row, without an attack, is not the slowest.
        await honest.RunAsync(duration);

        Console.WriteLine(
            "| attack | its answers | honest answers | failed | p99 ms | threads | MB | store growth by the stranger, MB an hour |"
        );
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|");
        var quiet = TimeSpan.Zero;
        var failed = false;
        var own = 0.0;
        foreach (var (number, attack) in attacks.Index())
        {
            // A separate address for each: the previous attack may have used up the limits of its address.
            var attacker = number == 0 ? null : new Attacker(system, $"192.0.2.{number}", PerSecond);
            var (result, row, total) = await MeasureAsync(system, redis, honest, attack, attacker, duration);
            (quiet, own) = number == 0 ? (result.Percentile99, total) : (quiet, own);
            var growth = total - own;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row} {growth:0.0} |"));
            failed |= result.Failures.Count > 0 || growth > MostMegabytesPerHour || result.Percentile99 > quiet * MostTimesSlower;
            foreach (var failure in result.Failures.Distinct().Take(3))
            {
                Console.WriteLine($"  failed: {failure}");
            }
        }

        return failed ? 1 : 0;
    }

    private static async Task<(HonestResult Result, string Row, double Growth)> MeasureAsync(
        LoadSystem system,
        ConnectionMultiplexer redis,
        HonestClients honest,
        Attack attack,
        Attacker? attacker,
        TimeSpan duration
    )
    {
        var before = await UsedAsync(redis);
        using var stop = new CancellationTokenSource(duration);
        var attacking = attacker?.RunAsync(attack, stop.Token);
        var result = await honest.RunAsync(duration);
        var answers = attacking is null ? new Dictionary<int, int>() : await attacking;
        var growth = (await UsedAsync(redis) - before) / 1e6 * (3600 / duration.TotalSeconds);
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {attack.Name} | {Write(answers)} | {result.Times.Count} | {result.Failures.Count} | "
                + $"{result.Percentile99.TotalMilliseconds:0} | {system.AuthServer.Process.Threads} | "
                + $"{system.AuthServer.Process.Memory:0} |"
        );
        return (result, row, growth);
    }

    private static string Write(IReadOnlyDictionary<int, int> answers) =>
        string.Join(", ", answers.OrderByDescending(answer => answer.Value).Select(answer => $"{answer.Value} × {answer.Key}"));

    private static async Task<double> UsedAsync(ConnectionMultiplexer redis)
    {
        var info = await redis.GetServers().Single().InfoAsync("memory");
        return double.Parse(info.Single().Single(pair => pair.Key == "used_memory").Value, CultureInfo.InvariantCulture);
    }
}
