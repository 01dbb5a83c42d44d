using McpOidc.Registration.MetadataDocuments;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Doctor;

/// <summary>What the doctor reports about a server that cannot reach clients' metadata documents.</summary>
public sealed class MetadataDocumentsTests
{
    private const string Section = "McpOidc:Registration:ClientIdMetadataDocuments:";

    [Fact]
    public async Task An_unused_proxy_in_the_environment_is_a_warning_unless_the_settings_name_one()
    {
        var settings = Examine.Settings();
        settings["HTTPS_PROXY"] = "http://proxy.example:3128";
        (await Examine.RunAsync(settings)).Warning(
            "metadata documents",
            "HTTPS_PROXY",
            $"{Section.Replace(":", "__", StringComparison.Ordinal)}Proxy"
        );
        settings[Section + "Proxy"] = "http://proxy.example:3128";
        (await Examine.RunAsync(settings)).Ok("metadata documents");
        settings[Section + "Proxy"] = null;
        settings[Section + "Enabled"] = "false";
        (await Examine.RunAsync(settings)).Ok("metadata documents", "off");
    }

    [Fact]
    public async Task A_server_that_cannot_fetch_metadata_documents_yields_one_warning_and_no_others_about_its_metadata()
    {
        using var store = TestStore.Sqlite();
        await using var documents = await DocumentSystem.StartAsync(
            (options, _) => options.Set(Section + "ProbeInterval", "00:10:00"),
            store,
            isCutOff: true
        );
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        // The first caller probes, and the others do not wait.
        while (documents.System.Server.Services.GetRequiredService<DocumentReach>().IsAdvertised)
        {
            await documents.System.Server.Services.GetRequiredService<DocumentReach>().LookAsync(limit.Token);
        }

        var settings = Examine.Settings();
        foreach (var (name, value) in store.Settings)
        {
            settings[name] = value;
        }

        settings["McpOidc:Issuer"] = documents.System.Issuer;
        settings["McpOidc:Resources:0:Uri"] = documents.System.Resource;
        var report = await Examine.RunAsync(settings);
        report.Warning("metadata documents", "Proxy", "Pinned", "Enabled");
        report.Ok("registration");
        Assert.DoesNotContain(report.Findings, finding => finding.Check == "registration" && finding.Remedy is { Length: > 0 });
    }

    [Fact]
    public async Task Outdated_shipped_documents_are_a_warning()
    {
        var clock = new AdjustableClock();
        clock.Advance(GivenDocuments.ShippedEndAt - clock.GetUtcNow());
        (await Examine.RunAsync(Examine.Settings(), clock: clock)).Warning("metadata documents", "Upgrade");
    }
}
