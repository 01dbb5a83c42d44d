using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Faults;

/// <summary>
/// Injects faults and ends them, in an order that the seed determines: servers and Redis one at a time, the identity provider in parallel.
/// Processes have no fake clock, so faults and the pauses between them take real time.
/// </summary>
internal sealed class FaultDriver(
    RigWorld world,
    ServerProcess[] servers,
    IReadOnlyList<RedisServer> redis,
    RotatingProvider provider,
    int seed
)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(3);
    private readonly Random _infrastructure = new(seed);
    private readonly Random _provider = new(seed + 1);

    private Ledger Ledger => world.Ledger;

    /// <summary>Runs until told to stop, and leaves everything working.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(BreakInfrastructureAsync(stop), BreakProviderAsync(stop));

    private async Task BreakInfrastructureAsync(CancellationToken stop)
    {
        Func<Task>[] kinds =
        [
            () => KillServersAsync(servers[0]),
            () => KillServersAsync(servers[1]),
            () => KillServersAsync(servers),
            KillRedisAsync,
            PauseRedisAsync,
        ];
        while (!stop.IsCancellationRequested)
        {
            _infrastructure.Shuffle(kinds);
            foreach (var kind in kinds)
            {
                if (!await RestAsync(_infrastructure, 0.5, 3, stop))
                {
                    return;
                }

                await kind();
            }
        }
    }

    private async Task BreakProviderAsync(CancellationToken stop)
    {
        (ProviderFault Fault, double Seconds)[] kinds = [(ProviderFault.Silent, 7), (ProviderFault.Error500, 16)];
        while (!stop.IsCancellationRequested)
        {
            _provider.Shuffle(kinds);
            foreach (var (fault, seconds) in kinds)
            {
                if (!await RestAsync(_provider, 3, 7, stop))
                {
                    return;
                }

                Strike($"provider {(fault == ProviderFault.Silent ? "silent" : "answering 500")}");
                provider.Break(fault);
                await RestAsync(_provider, seconds, seconds, stop);
                provider.Remedy();
                Ledger.Note("provider fixed");
            }
        }
    }

    private async Task KillServersAsync(params ServerProcess[] victims)
    {
        var kind = victims.Length > 1 ? "all servers killed" : "server killed";
        await AnnounceAsync();
        Strike($"{kind}: {string.Join(", ", victims.Select(victim => victim.Name))}", kind);
        await Task.WhenAll(victims.Select(victim => victim.KillAsync()));
        var restarted = Ledger.Now;
        await Task.WhenAll(victims.Select(victim => victim.StartAsync()));
        Ledger.Took("for a killed server to start", Ledger.Now - restarted);
        Remedy(kind);
    }

    private async Task KillRedisAsync()
    {
        var victim = redis[_infrastructure.Next(redis.Count)];
        await AnnounceAsync();
        Strike("Redis killed");
        Ledger.StoreIsAway();
        await victim.KillAsync();
        // The duration of the outage; real processes run in real time.
        await Task.Delay(TimeSpan.FromSeconds(2 * _infrastructure.NextDouble()));
        await victim.RestartAsync();
        Ledger.StoreAnswers();
        Remedy("Redis killed");
    }

    private async Task PauseRedisAsync()
    {
        var victim = redis[_infrastructure.Next(redis.Count)];
        await AnnounceAsync();
        Strike("Redis paused");
        Ledger.StoreIsAway();
        await victim.PauseAsync();
        try
        {
            // The duration of the outage.
            await Task.Delay(s_pause);
        }
        finally
        {
            await victim.ResumeAsync();
            Ledger.StoreAnswers();
        }

        Remedy("Redis paused");
    }

    private async Task AnnounceAsync()
    {
        world.AnnounceFault();
        // Clients that were told of the fault should be in the middle of a request when it strikes.
        await Task.Delay(_infrastructure.Next(20, 200));
    }

    private void Strike(string text, string? kind = null)
    {
        Ledger.Count($"fault: {kind ?? text}");
        Ledger.Note(text);
    }

    private void Remedy(string kind)
    {
        Ledger.Note($"fixed: {kind}");
        Ledger.Mended(kind);
    }

    /// <returns>Whether to continue.</returns>
    private static async Task<bool> RestAsync(Random random, double least, double most, CancellationToken stop)
    {
        // A pause between two faults, so that the recovery from the last one can be observed.
        await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(least + ((most - least) * random.NextDouble())), stop));
        return !stop.IsCancellationRequested;
    }
}
