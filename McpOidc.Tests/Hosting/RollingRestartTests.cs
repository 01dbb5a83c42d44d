using System.Diagnostics;
using System.Globalization;
using McpOidc.Tests.Faults;
using Xunit.Abstractions;

namespace McpOidc.Tests.Hosting;

/// <summary>Restarts every server in turn while clients refresh and call through nginx, haproxy and Caddy with the documented
/// configuration: nothing fails, and requests in progress complete. Behind nginx, one request for each stop may be reset.</summary>
[Collection(FaultRigCollection.Name)]
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    /// <summary>The number of calls and refreshes required through each proxy; <c>.ci/long restarts</c> raises it.</summary>
    private const string Variable = "MCPOIDC_RESTART_CALLS";

    private static readonly int s_calls = int.Parse(Environment.GetEnvironmentVariable(Variable) ?? "100", CultureInfo.InvariantCulture);

    // With six processes and three proxies on two cores, more clients would only test the machine.
    private static readonly int s_clientsOfProxy = Environment.GetEnvironmentVariable(Variable) is null ? 1 : 3;

    private static readonly bool s_isLong = Environment.GetEnvironmentVariable(Variable) is not null;

    [ProxyFact("nginx", "haproxy", "caddy")]
    public async Task A_rolling_restart_of_every_server_behind_each_proxy_loses_nothing()
    {
        await using var fleet = await ServerFleet.StartAsync(s_isLong ? TimeSpan.FromSeconds(5) : TimeSpan.FromSeconds(3));
        using var browser = new Browser();
        using var underWay = await fleet.CreateClientAsync();
        var consent = await browser.OpenAsync(underWay.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/consent");
        var signedIn = new Queue<(OAuthClient, TokenAnswer)>(
            await Task.WhenAll(Enumerable.Range(0, fleet.Proxies.Count * (s_clientsOfProxy + 2)).Select(_ => fleet.SignInAsync()))
        );

        // A slow tool on both MCP servers, because a proxy may choose either one first.
        fleet.Idp.Faults.UserInfoDelay = s_isLong ? TimeSpan.FromSeconds(20) : TimeSpan.FromSeconds(5);
        var longCalls = fleet
            .Proxies.SelectMany(proxy => Enumerable.Repeat(proxy, 2))
            .Select(proxy => ServerFleet.CallLongToolAsync(proxy, signedIn.Dequeue()))
            .ToList();
        using var over = new CancellationTokenSource();
        var clients = fleet
            .Proxies.SelectMany(proxy => Enumerable.Repeat(proxy, s_clientsOfProxy))
            .Select(async proxy => (Proxy: proxy.Name, Tally: await fleet.WorkAsync(proxy, signedIn.Dequeue(), over.Token)))
            .ToList();

        var watch = Stopwatch.StartNew();
        await fleet.RestartAsync();
        while (fleet.Done < s_calls * fleet.Proxies.Count)
        {
            // No longer than needed: the clients keep working meanwhile.
            await (s_isLong ? fleet.RestartAsync() : Task.Delay(100));
        }

        await over.CancelAsync();
        var tallies = await Task.WhenAll(clients);
        foreach (var (proxy, of) in tallies.GroupBy(tally => tally.Proxy).Select(group => (group.Key, group.Select(tally => tally.Tally))))
        {
            output.WriteLine(
                $"{proxy}: {of.Sum(tally => tally.Calls)} calls, {of.Sum(tally => tally.Refreshes)} refreshes, "
                    + $"{of.Sum(tally => tally.Failures.Count)} failed, in {watch.Elapsed.TotalSeconds:0} s"
            );
        }

        foreach (var (proxy, tally) in tallies)
        {
            tally.Failures.Take(3).ToList().ForEach(failure => output.WriteLine($"{proxy}: {failure}"));
        }

        output.WriteLine(fleet.Output);
        var failures = tallies.SelectMany(tally => tally.Tally.Failures.Select(failure => $"{tally.Proxy}: {failure}")).ToList();
        var resets = failures
            .Where(failure => failure.StartsWith("nginx", StringComparison.Ordinal) && failure.Contains(": 502 "))
            .ToList();
        Assert.True(resets.Count <= Math.Min(fleet.Resets, fleet.Stops), $"{resets.Count} of {fleet.Resets} in {fleet.Stops} stops");
        Assert.Empty(failures.Except(resets));
        Assert.All(await Task.WhenAll(longCalls), text => Assert.Contains("alice", text, StringComparison.Ordinal));
        Assert.All(tallies, tally => Assert.True(tally.Tally is { Calls: > 0, Refreshes: > 0 }));

        var answer = await browser.OpenAsync(consent.Uri.AbsoluteUri, underWay.IsRedirectUri);
        Assert.Equal(200, (await underWay.RedeemAsync(answer.Query("code")!)).Status);
    }
}

/// <summary>The counts of one client.</summary>
internal sealed record Tally
{
    public int Calls { get; set; }

    public int Refreshes { get; set; }

    public List<string> Failures { get; } = [];
}
