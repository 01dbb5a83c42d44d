using McpOidc.Tests.Hosting;
using Xunit.Abstractions;

namespace McpOidc.Tests.Faults;

/// <summary>One run, its table, and the checks on it.</summary>
internal static class FaultRun
{
    public static async Task HoldAsync(string store, IReadOnlyList<RedisServer> redis, string connection, ITestOutputHelper output)
    {
        var settings = RigSettings.Read();
        await using var rig = await FaultRig.StartAsync(settings, redis, connection);
        var working = await rig.RunAsync();
        var ledger = rig.Ledger;
        var report = FaultReport.Write(store, settings, ledger, working);
        output.WriteLine(report);
        if (settings.Report is not null)
        {
            await File.AppendAllTextAsync(settings.Report, report + Environment.NewLine);
        }

        await File.WriteAllLinesAsync(Path.Combine(rig.Folder, "events.log"), ledger.Events);
        Assert.True(
            ledger.Breaches.IsEmpty(),
            $"{string.Join(Environment.NewLine, ledger.Breaches.Take(20).Select(breach => $"{breach.Bar}: {breach.Text}"))}"
                + $"{Environment.NewLine}Logs: {rig.Folder}{Environment.NewLine}{report}"
        );
        Assert.Equal(settings.Installations, working);

        // A rig that did nothing would pass every check.
        string[] work =
        [
            "refreshes",
            "refreshes tried again",
            "calls of whoami",
            "calls of upstream_profile",
            "revocations",
            "calls with revoked tokens",
            "codes raced for",
            "provider: refreshes",
            "provider: requests without an answer",
            "provider: requests answered 500",
            "fault: server killed",
            "fault: all servers killed",
            "fault: Redis killed",
            "fault: Redis paused",
            "fault: provider silent",
            "fault: provider answering 500",
        ];
        Assert.All(work, what => Assert.True(ledger[what] > 0, $"There were no {what}.{Environment.NewLine}{report}"));
        Assert.True(
            ledger["successors given again"] + ledger["tokens taken from the file of a twin"] > 0,
            $"No twins met.{Environment.NewLine}{report}"
        );
        Directory.Delete(rig.Folder, recursive: true);
    }

    private static bool IsEmpty<T>(this IReadOnlyCollection<T> items) => items.Count == 0;
}
