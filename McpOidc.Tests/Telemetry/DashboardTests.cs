using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Telemetry;

/// <summary>The dashboard and the operators' pages show all existing instruments, and no others.</summary>
public sealed partial class DashboardTests
{
    private static readonly JsonObject s_dashboard = JsonNode
        .Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "grafana", "mcpoidc.json")))!
        .AsObject();
    private static readonly string s_operations = string.Join(
        '\n',
        new[] { "operations", "runbooks", "runbooks-store", "backup-and-restore" }.Select(page =>
            File.ReadAllText(Path.Combine(Repository.Root, "docs", $"{page}.md"))
        )
    );

    [Fact]
    public async Task The_dashboard_queries_every_instrument_and_no_other() =>
        Assert.Equal(
            (await InstrumentsAsync()).Select(Translate).Order(StringComparer.Ordinal),
            Queried().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );

    [Fact]
    public async Task The_documentation_has_a_row_for_every_instrument_and_no_other() =>
        Assert.Equal(
            (await InstrumentsAsync()).Order(StringComparer.Ordinal),
            Row().Matches(s_operations).Select(row => row.Groups[1].Value).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Every_panel_has_a_unique_id_a_unit_and_a_position()
    {
        var panels = s_dashboard["panels"]!.AsArray();
        Assert.Equal(panels.Count, panels.Select(panel => panel!["id"]!.GetValue<int>()).Distinct().Count());
        Assert.All(panels, panel => Assert.NotEmpty(panel!["fieldConfig"]!["defaults"]!["unit"]!.GetValue<string>()));
        Assert.All(
            panels,
            panel => Assert.InRange(panel!["gridPos"]!["x"]!.GetValue<int>() + panel["gridPos"]!["w"]!.GetValue<int>(), 1, 24)
        );
    }

    [Fact]
    public void Every_alert_and_query_in_the_documentation_uses_metrics_that_the_dashboard_shows() =>
        Assert.Empty(PrometheusName().Matches(s_operations).Select(match => match.Value).Except(Queried(), StringComparer.Ordinal));

    [Fact]
    public void Every_command_in_the_runbooks_exists()
    {
        var commands = Command()
            .Matches(s_operations)
            .Select(match => match.Groups[1].Value)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.Equal(
            ["clients block", "clients blocked", "clients reap", "grants revoke", "keys drop", "keys list", "keys rotate"],
            commands
        );
    }

    private static async Task<IReadOnlyList<string>> InstrumentsAsync()
    {
        await using var system = await TestSystem.StartAsync();
        using var recording = new Recording(system.Server.Services);
        return [.. recording.Names.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>An OpenTelemetry name in Prometheus form: dots become underscores, a histogram gets its unit, a counter gets
    /// _total.</summary>
    private static string Translate(string instrument) =>
        instrument.Replace('.', '_')
        + (
            instrument.EndsWith(".duration", StringComparison.Ordinal) || instrument.EndsWith(".ahead", StringComparison.Ordinal)
                ? "_seconds"
                : "_total"
        );

    private static IEnumerable<string> Queried() =>
        s_dashboard["panels"]!
            .AsArray()
            .SelectMany(panel => panel!["targets"]!.AsArray())
            .SelectMany(target => PrometheusName().Matches(target!["expr"]!.GetValue<string>()))
            .Select(match => match.Value);

    [GeneratedRegex("mcpoidc_[a-z_]+?(?:_total|_seconds)(?=_bucket|_count|[^a-z_]|$)")]
    private static partial Regex PrometheusName();

    [GeneratedRegex(@"^\| `(mcpoidc\.[a-z_.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("McpOidc\\.AuthServer(?:\\.dll)? (?:-- )?([a-z]+ [a-z]+)")]
    private static partial Regex Command();
}
