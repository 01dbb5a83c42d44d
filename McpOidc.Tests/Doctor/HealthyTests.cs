using McpOidc.Doctor;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Interop;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Doctor;

/// <summary>A doctor that always finds something is useless.</summary>
public sealed class HealthyTests
{
    private static readonly string[] s_checks =
    [
        "configuration",
        "store",
        "store answers",
        "keys",
        "idp discovery",
        "idp keys",
        "idp userinfo",
        "clock",
        "idp client",
        "redirect uri",
        "offline access",
        "proxy",
        "well-known",
        "endpoints",
        "published keys",
        "cors",
        "back-channel logout",
        "metadata documents",
        "registration",
    ];

    [RedisFact]
    public async Task An_installation_on_Redis_behind_a_proxy_has_no_problem_and_no_warning()
    {
        await using var redis = await RedisServer.StartAsync(
            "--appendonly",
            "yes",
            "--maxmemory",
            "100mb",
            "--maxmemory-policy",
            "noeviction"
        );
        await using var installation = await HealthyInstallation.StartAsync(TestStore.Redis(redis));
        AssertAllOk(await Examine.RunAsync(installation.Settings, "Production"), installation.Resource);
    }

    [Fact]
    public async Task An_installation_on_SQLite_has_no_problem_and_no_warning_and_nothing_in_its_store_changes()
    {
        await using var installation = await HealthyInstallation.StartAsync();
        // The server is still generating its key for id_tokens.
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = Loopback.OwnCertificates });
        await http.GetStringAsync(installation.Proxy.Origin + "/jwks");
        var before = Dump(installation);
        AssertAllOk(await Examine.RunAsync(installation.Settings), installation.Resource);

        // The next start would encrypt the keys with a new secret; the doctor does not.
        var report = await Examine.RunAsync(
            installation.With(("McpOidc:PreviousSecrets:0", Examine.Secret), ("McpOidc:Secret", new string('n', 40)))
        );
        report.Ok("keys", "active since");
        Assert.Equal(before, Dump(installation));
    }

    [Fact]
    public async Task An_issuer_with_a_path_has_no_problem_and_no_warning()
    {
        await using var installation = await HealthyInstallation.StartAsync(issuerPath: "/tenant");
        AssertAllOk(await Examine.RunAsync(installation.Settings), installation.Resource);

        // Clients of 2025-03-26 only check the root of the MCP origin, which an issuer with a path does not own.
        var walk = await Examine.WalkAsync(installation.Resource);
        walk.OnlyIn("Windsurf");
        walk.Problem("Windsurf", "finds no authorization server metadata", "no /authorize", "an issuer with a path");
    }

    [Fact]
    public async Task Before_the_first_start_the_only_problems_are_endpoints_that_do_not_respond()
    {
        await using var provider = await StandInProvider.StartAsync();
        var settings = provider.Settings(Examine.Settings());
        var report = await Examine.RunAsync(settings);
        report.Ok("store", "first start creates");
        report.Ok("keys", "first start creates them");
        report.OnlyIn("well-known", $"resource {settings["McpOidc:Resources:0:Uri"]}");
        Assert.False(File.Exists(settings["McpOidc:Sqlite:Path"]));
        Assert.False(Directory.Exists(Path.GetDirectoryName(settings["McpOidc:Sqlite:Path"])));
    }

    [NodeFact]
    public async Task Correct_settings_are_ok_and_wrong_ones_are_problems_with_panvas_provider()
    {
        await using var idp = await PanvaIdentityProvider.StartAsync(StandInProvider.Registered);
        var settings = Examine.Settings();
        settings["McpOidc:IdentityProvider:Issuer"] = idp.Settings.Issuer;
        settings["McpOidc:IdentityProvider:ClientSecret"] = idp.Settings.ClientSecret;
        settings["McpOidc:IdentityProvider:RedirectUri"] = StandInProvider.Registered;
        var good = await Examine.RunAsync(settings);
        good.Ok("idp discovery");
        good.Ok("idp keys");
        good.Ok("idp client");
        good.Ok("redirect uri");
        good.Ok("offline access");

        settings["McpOidc:IdentityProvider:ClientSecret"] = "another-secret";
        settings["McpOidc:IdentityProvider:RedirectUri"] = "https://auth.example.com/callback";
        var bad = await Examine.RunAsync(settings);
        bad.Problem("idp client", "McpOidc__IdentityProvider__ClientSecret");
        bad.Problem("redirect uri", "https://auth.example.com/callback", "Register exactly");
    }

    private static void AssertAllOk(DoctorReport report, string resource)
    {
        report.OnlyIn();
        Assert.Equal(
            [.. s_checks, $"resource {resource}"],
            report.Findings.Where(finding => finding.Outcome == DoctorOutcome.Ok).Select(finding => finding.Check).Distinct()
        );
        Assert.DoesNotContain(report.Findings, finding => finding.Outcome == DoctorOutcome.Skipped);
        Assert.True(report.IsHealthy);
    }

    private static List<string> Dump(HealthyInstallation installation)
    {
        using var connection = new SqliteConnection(
            $"Data Source={installation.Settings["McpOidc:Sqlite:Path"]};Mode=ReadOnly;Pooling=False"
        );
        connection.Open();
        using var command = connection.CreateCommand();
        // Counters for rate limits and records of error pages expire on their own.
        command.CommandText =
            "SELECT key || ' ' || version || ' ' || hex(value) FROM records WHERE key NOT LIKE 'rate:%' AND key NOT LIKE 'timeline:%' "
            + "ORDER BY key";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
