using System.Net.Sockets;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Documents that the operator pins (F25).</summary>
public sealed class PinnedDocumentTests
{
    private const string Pinned = "https://pinned.example/client.json";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pinned_document_is_used_unchanged_and_its_host_is_never_contacted(bool isFile)
    {
        var json = DocumentSystem.Document(Pinned).ToJsonString();
        var file = Path.GetTempFileName();
        try
        {
            // With a byte order mark, as Windows editors write it.
            await File.WriteAllTextAsync(file, json, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            await using var system = await StartAsync(options => options.Set(PinnedSetting, isFile ? file : json));
            system.Publish(
                Pinned,
                document => document["redirect_uris"] = new System.Text.Json.Nodes.JsonArray("https://elsewhere.example/")
            );
            await system.AssertAcceptedAsync(Pinned);
            Assert.Empty(system.Transport.Resolved);
            Assert.Equal(400, (await system.AuthorizeAsync(Pinned, "https://elsewhere.example/")).Status);
            // Other documents are fetched as usual.
            await system.AssertAcceptedAsync(system.Publish());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_person_signs_in_with_a_pinned_client_on_an_internal_host_and_the_client_refreshes()
    {
        const string Inside = "https://tools.corp.internal/client.json";
        await using var system = await StartAsync(options => options.Set(PinnedSetting, DocumentSystem.Document(Inside).ToJsonString()));
        system.Transport.Lookups = SocketError.HostNotFound;
        using var browser = new Browser();
        using var client = system.CreateClient(Inside);
        var tokens = await client.SignInAsync(browser);
        system.System.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task The_consent_page_does_not_say_when_a_pinned_client_was_first_seen()
    {
        await using var system = await StartAsync(options => options.Set(PinnedSetting, DocumentSystem.Document(Pinned).ToJsonString()));
        using var browser = new Browser();
        using var client = system.CreateClient(Pinned);
        var page = (await client.OpenConsentAsync(browser)).Html;
        Assert.DoesNotContain("First seen", page, StringComparison.Ordinal);
        Assert.DoesNotContain("1970", page, StringComparison.Ordinal);
    }

    private static string PinnedSetting => ShippedDocumentTests.Setting("Pinned:0");

    private static Task<DocumentSystem> StartAsync(Action<TestSystemOptions> configure) => DocumentSystem.StartAsync(configure);
}
