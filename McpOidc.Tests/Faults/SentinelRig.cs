using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Faults;

/// <summary>
/// Two authorization servers on a Redis with sentinels, with clients that refresh as fast as they get answers, codes that two servers race
/// to redeem, and failovers: planned ones, kills, and isolated nodes that come back with stale state.
/// </summary>
internal sealed class SentinelRig(SentinelGroup redis, TestSystem system, TestSite other, TimeSpan duration, int seed)
{
    private const int Installations = 8;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_cut = TimeSpan.FromSeconds(2);
    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private long _lastAnswer = Stopwatch.GetTimestamp();
    private TimeSpan _longest;

    /// <summary>Clients that held an acknowledged token and were told to sign in again.</summary>
    public int ForcedSignOuts => Count("clients forced to sign in again");

    /// <summary>Codes that yielded tokens twice.</summary>
    public int DoubleRedemptions => Count("codes redeemed twice");

    /// <summary>Theft events for refresh tokens; all are false, because only the installation itself ever held them.</summary>
    public int FalseThefts => Logged("refresh_token.replayed");

    /// <summary>Refreshes whose write the store lost.</summary>
    public int Losses => Logged("refresh_token.newer");

    public int Refreshes => Count("refreshes");

    private string[] Origins => [system.Server.Origin, other.Origin];

    public async Task RunAsync()
    {
        using var registrar = system.CreateClient();
        await registrar.RegisterAsync();
        var holders = new List<(OAuthClient Client, string Token)>();
        for (var number = 0; number < Installations; number++)
        {
            using var browser = new Browser();
            var client = system.CreateClient();
            client.ClientId = registrar.ClientId;
            holders.Add((client, (await client.SignInAsync(browser)).RefreshToken));
        }

        using var over = new CancellationTokenSource();
        var work = holders.Select(holder => RefreshAsync(holder.Client, holder.Token, over.Token)).Append(RaceAsync(over.Token)).ToArray();
        try
        {
            await BreakAsync();
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(work);
            holders.ForEach(holder => holder.Client.Dispose());
        }
    }

    /// <summary>The counts, one per line.</summary>
    public string Report()
    {
        var report = new StringBuilder();
        foreach (var (what, count) in _counts.OrderBy(count => count.Key, StringComparer.Ordinal))
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"  {count, 8}  {what}");
        }

        report.AppendLine(CultureInfo.InvariantCulture, $"  {FalseThefts, 8}  false theft events");
        report.AppendLine(CultureInfo.InvariantCulture, $"  {Losses, 8}  refreshes that the store had lost, which went on");
        report.AppendLine(CultureInfo.InvariantCulture, $"  {_longest.TotalSeconds, 8:F1}  s without any answer, at most (seed {seed})");
        foreach (
            var line in Lines.Where(line => line.Contains("one primary again") || line.Contains("Could not determine which Redis node"))
        )
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"  {line}");
        }

        return report.ToString();
    }

    private async Task BreakAsync()
    {
        (string Name, Func<Task> Do)[] faults =
        [
            ("primary killed", KillAsync),
            ("planned fail-over", PlanAsync),
            ("primary cut off from all but its clients", () => CutOffAsync(SentinelGroup.IsolateAsync, SentinelGroup.HealAsync)),
            ("primary stopped and continued", () => CutOffAsync(node => node.PauseAsync(), node => node.ResumeAsync())),
            ("replica killed", KillReplicaAsync),
        ];
        if (redis.HasCables)
        {
            faults = [("primary cut off from everybody", () => CutOffAsync(redis.CutAsync, redis.JoinAsync)), .. faults];
        }

        var began = Stopwatch.GetTimestamp();
        // Injects each of the first three faults at least once, however short the run.
        for (var number = 0; number < 3 || Stopwatch.GetElapsedTime(began) < duration; number++)
        {
            if (number > 0 && number % faults.Length == 0)
            {
                _random.Shuffle(faults);
            }

            var (name, strike) = faults[number % faults.Length];
            Add($"fault: {name}");
            await strike();
            await redis.WaitUntilWholeAsync(replicas: 2);
        }
    }

    private async Task PlanAsync()
    {
        var before = await redis.PrimaryAsync();
        await redis.FailOverAsync();
        await redis.WaitForAnotherPrimaryAsync(before);
    }

    private async Task KillAsync()
    {
        var victim = await redis.PrimaryAsync();
        await victim.KillAsync();
        await redis.WaitForAnotherPrimaryAsync(victim);
        await victim.RestartAsync();
    }

    private async Task CutOffAsync(Func<RedisServer, Task> cut, Func<RedisServer, Task> heal)
    {
        var victim = await redis.PrimaryAsync();
        await cut(victim);
        try
        {
            await redis.WaitForAnotherPrimaryAsync(victim);
            // The duration of the partition.
            await Task.Delay(s_cut);
        }
        finally
        {
            await heal(victim);
        }
    }

    private async Task KillReplicaAsync()
    {
        var primary = await redis.PrimaryAsync();
        var victim = redis.Nodes.First(node => node != primary);
        await victim.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        await victim.RestartAsync();
    }

    private async Task RefreshAsync(OAuthClient client, string token, CancellationToken stop)
    {
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var answer = await AskAsync(() => client.RefreshAsync(token, Origins[turn % Origins.Length]));
            if (answer is { Status: 200 })
            {
                token = answer.RefreshToken;
                Add("refreshes");
                NoteAnswer();
            }
            else if (answer is { Status: < 500 })
            {
                Add("clients forced to sign in again");
                return;
            }
            else
            {
                Add("refreshes answered 503");
            }

            await Task.Delay(s_pause, CancellationToken.None);
        }

        // At the end, every client must work with the last token it received.
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (await AskAsync(() => client.RefreshAsync(token, Origins[0])) is { Status: < 500 } last)
            {
                Add(last.Status == 200 ? "clients that work at the end" : "clients forced to sign in again");
                return;
            }

            await Task.Delay(s_pause, CancellationToken.None);
        }
    }

    /// <summary>Redeems codes at two servers at once, and again after failovers, for as long as a code is valid.</summary>
    private async Task RaceAsync(CancellationToken stop)
    {
        using var client = system.CreateClient();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var browser = new Browser();
                await client.RegisterAsync();
                var code = await client.GetCodeAsync(browser);
                var verifier = client.Verifier;
                var gave = 0;
                for (var round = 0; round < 3; round++)
                {
                    var answers = await Task.WhenAll(Origins.Select(origin => AskAsync(() => RedeemAsync(client, code, verifier, origin))));
                    gave += answers.Count(answer => answer is { Status: 200 });
                    await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
                }

                Add("codes raced for");
                if (gave > 1)
                {
                    Add("codes redeemed twice");
                }
            }
            catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException or TaskCanceledException)
            {
                // A sign-in that an outage interrupted starts over.
                Add("sign-ins begun again");
                await Task.Delay(s_pause, CancellationToken.None);
            }
        }
    }

    private static async Task<TokenAnswer> RedeemAsync(OAuthClient client, string code, string verifier, string origin)
    {
        using var there = new OAuthClient(origin, client.Resource) { ClientId = client.ClientId };
        return await there.PostAsync(
            "/token",
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", client.RedirectUri),
                ("code_verifier", verifier),
                ("client_id", client.ClientId),
            ]
        );
    }

    private static async Task<TokenAnswer?> AskAsync(Func<Task<TokenAnswer>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private void NoteAnswer()
    {
        var pause = Stopwatch.GetElapsedTime(Interlocked.Exchange(ref _lastAnswer, Stopwatch.GetTimestamp()));
        _longest = pause > _longest ? pause : _longest;
    }

    private void Add(string what) => _counts.AddOrUpdate(what, 1, static (_, count) => count + 1);

    private int Count(string what) => _counts.GetValueOrDefault(what);

    private IEnumerable<string> Lines => system.Server.Logs.Lines.Concat(other.Logs.Lines);

    private int Logged(string name) => Lines.Count(line => line.Contains($"{name}: ", StringComparison.Ordinal));
}
