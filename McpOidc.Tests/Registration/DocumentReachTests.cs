using System.Net.Sockets;
using System.Text.Json.Nodes;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Registration;

/// <summary>The metadata advertises document support only if documents can be fetched (F27).</summary>
public sealed class DocumentReachTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task If_nothing_can_be_fetched_the_metadata_does_not_offer_documents_and_the_log_says_what_to_do()
    {
        await using var system = await StartAsync();
        await WaitForAsync(system, offered: false);
        Assert.Contains(
            system.System.Server.Logs.Lines,
            line => line.Contains("McpOidc:Registration:ClientIdMetadataDocuments:Proxy", StringComparison.Ordinal)
        );
        // A client that has a document is accepted all the same.
        system.Transport.Lookups = null;
        await system.AssertAcceptedAsync(system.Publish());
        Assert.False(await IsOfferedAsync(system.System.Issuer));
    }

    [Theory]
    [InlineData("https://claude.ai/oauth/claude-code-client-metadata")]
    [InlineData("https://chatgpt.com/oauth/codex/client.json")]
    public async Task One_successful_probe_restores_the_offer_and_documents_from_other_hosts_do_not(string reached)
    {
        await using var system = await StartAsync();
        await WaitForAsync(system, offered: false);
        system.Transport.Lookups = null;
        foreach (var host in new[] { "claude.ai", "chatgpt.com" })
        {
            system.Transport.Map(host, () => throw new SocketException((int)SocketError.HostNotFound));
        }

        await system.AssertAcceptedAsync(system.Publish());
        await LookAsync(system, s_interval);
        Assert.False(await IsOfferedAsync(system.System.Issuer));
        system.Transport.Map(new Uri(reached).Host, () => [FixtureTransport.PublicAddress]);
        system.Publish(reached);
        await LookAsync(system, s_interval);
        Assert.True(await IsOfferedAsync(system.System.Issuer));
    }

    [Fact]
    public async Task Processes_share_the_result_of_a_probe_and_together_probe_every_ten_minutes()
    {
        await using var system = await StartAsync();
        await WaitForAsync(system, offered: false);
        var second = await system.System.StartSecondServerAsync();
        await LookAsync(second);
        var probes = Probes(system);
        system.System.Clock.Advance(s_interval - TimeSpan.FromSeconds(1));
        await LookAsync(second);
        await LookAsync(system, TimeSpan.Zero);
        Assert.Equal(probes, Probes(system));
        system.System.Clock.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(LookAsync(second), LookAsync(system, TimeSpan.Zero));
        Assert.Equal(probes + 2, Probes(system));
        using var http = new HttpClient();
        var metadata = await http.GetStringAsync(second.Origin + "/.well-known/oauth-authorization-server");
        Assert.Null(JsonNode.Parse(metadata)!["client_id_metadata_document_supported"]);
    }

    [Theory]
    [InlineData("Registration:Enabled", "false")]
    [InlineData("Registration:ClientIdMetadataDocuments:ProbeInterval", "00:00:00")]
    [InlineData("Registration:ClientIdMetadataDocuments:AllowedDomains:0", "corp.example")]
    [InlineData("Registration:ClientIdMetadataDocuments:BlockedDomains:0", "chatgpt.com")]
    public async Task The_offer_stays_if_clients_could_not_register_or_probing_is_off(string setting, string value)
    {
        await using var system = await StartAsync((setting, value));
        if (system.System.Server.Services.GetRequiredService<DocumentReach>().IsProbed)
        {
            await LookAsync(system, TimeSpan.Zero);
        }
        else
        {
            Assert.Empty(system.Transport.Resolved);
        }

        Assert.True(await IsOfferedAsync(system.System.Issuer));
    }

    private static int Probes(DocumentSystem system) => system.Transport.Resolved.Count;

    private static Task LookAsync(DocumentSystem system, TimeSpan later)
    {
        system.System.Clock.Advance(later);
        return LookAsync(system.System.Server);
    }

    private static async Task LookAsync(TestSite site)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await site.Services.GetRequiredService<DocumentReach>().LookAsync(limit.Token);
    }

    private static async Task<bool> IsOfferedAsync(string issuer)
    {
        using var http = new HttpClient();
        var metadata = JsonNode.Parse(await http.GetStringAsync(issuer + "/.well-known/oauth-authorization-server"))!;
        return metadata["client_id_metadata_document_supported"]?.GetValue<bool>() ?? false;
    }

    private static async Task WaitForAsync(DocumentSystem system, bool offered)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await IsOfferedAsync(system.System.Issuer) != offered)
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    private static Task<DocumentSystem> StartAsync(params (string Setting, string Value)[] settings) =>
        DocumentSystem.StartAsync(
            (options, _) =>
            {
                options.Set(ShippedDocumentTests.Setting("ProbeInterval"), "00:10:00");
                foreach (var (setting, value) in settings)
                {
                    options.Set($"McpOidc:{setting}", value);
                }
            },
            isCutOff: true
        );
}
