using System.Net.Sockets;
using System.Text.Json.Nodes;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.RateLimits;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Registration;

/// <summary>Documents of well-known clients shipped with the package, for servers without internet access (F24).</summary>
public sealed class ShippedDocumentTests
{
    private const string ClaudeCode = "https://claude.ai/oauth/claude-code-client-metadata";
    private const string Codex = "https://chatgpt.com/oauth/codex/client.json";
    private const string Loopback = "http://localhost:43123/callback";

    public static TheoryData<string, string> Clients =>
        new()
        {
            { ClaudeCode, Loopback },
            { Codex, "http://127.0.0.1:43123/callback" },
            { "https://claude.ai/oauth/mcp-oauth-client-metadata", "https://claude.ai/api/mcp/auth_callback" },
            { "https://vscode.dev/oauth/client-metadata.json", "http://127.0.0.1:33418/" },
            { "https://opencode.ai/oauth/opencode/client.json", "http://127.0.0.1:19876/callback" },
        };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_shipped_document_is_used_when_names_do_not_resolve(string url, string redirectUri)
    {
        await using var system = await StartAsync();
        system.Transport.Lookups = SocketError.HostNotFound;
        Assert.Equal(303, (await system.AuthorizeAsync(url, redirectUri)).Status);
        Assert.Equal(400, (await system.AuthorizeAsync(url, "https://attacker.example/callback")).Status);
    }

    [Theory]
    [InlineData(SocketError.ConnectionRefused)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.TimedOut)]
    public async Task A_shipped_document_is_used_when_its_host_accepts_no_connection(SocketError error)
    {
        await using var system = await StartAsync();
        system.Transport.Connections = error;
        await AssertStandsInAsync(system);
    }

    [Fact]
    public async Task A_silent_name_server_is_treated_like_a_failed_connection()
    {
        await using var system = await StartAsync();
        system.Transport.Silence("claude.ai");
        await AssertStandsInAsync(system);
        system.Transport.EndSilence();
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task No_shipped_document_replaces_that_of_a_host_that_responds_even_if_it_did_before(int status)
    {
        await using var system = await StartAsync();
        system.Host.Answer(
            ClaudeCode,
            http =>
            {
                http.Response.StatusCode = status;
                return Task.CompletedTask;
            }
        );
        Assert.NotEqual(303, (await system.AuthorizeAsync(ClaudeCode, Loopback)).Status);
        system.System.Clock.Advance(TimeSpan.FromSeconds(20));
        system.Transport.Connections = SocketError.ConnectionRefused;
        await AssertStandsInAsync(system);
        system.Transport.Connections = null;
        system.System.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.NotEqual(303, (await system.AuthorizeAsync(ClaudeCode, Loopback)).Status);
    }

    [Fact]
    public async Task No_shipped_document_replaces_that_of_a_host_with_a_bad_certificate_or_an_internal_address()
    {
        await using var system = await StartAsync();
        system.Host.SignItself("claude.ai");
        Assert.Equal(503, (await system.AuthorizeAsync(ClaudeCode, Loopback)).Status);
        system.Transport.Map("chatgpt.com", () => [System.Net.IPAddress.Parse("10.0.0.1")]);
        Assert.Equal(400, (await system.AuthorizeAsync(Codex, "http://127.0.0.1:43123/callback")).Status);
    }

    [Fact]
    public async Task The_live_document_takes_precedence_and_is_used_again_as_soon_as_its_host_is_back()
    {
        const string LiveOnly = "https://claude.ai/live";
        await using var system = await StartAsync();
        system.Transport.Connections = SocketError.ConnectionRefused;
        await AssertStandsInAsync(system);
        Assert.Equal(400, (await system.AuthorizeAsync(ClaudeCode, LiveOnly)).Status);
        system.Transport.Connections = null;
        system.Publish(ClaudeCode, document => document["redirect_uris"] = new JsonArray(LiveOnly));
        system.System.Clock.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(303, (await system.AuthorizeAsync(ClaudeCode, LiveOnly)).Status);
        using (var browser = new Browser())
        using (var client = system.CreateClient(ClaudeCode, LiveOnly))
        {
            var page = (await client.OpenConsentAsync(browser)).Html!;
            Assert.True(page.Contains("First seen", StringComparison.Ordinal) && !page.Contains("1970", StringComparison.Ordinal), page);
        }

        // The host's last response takes precedence over the shipped document.
        system.Transport.Connections = SocketError.ConnectionRefused;
        system.System.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(303, (await system.AuthorizeAsync(ClaudeCode, LiveOnly)).Status);
        Assert.Equal(400, (await system.AuthorizeAsync(ClaudeCode, Loopback)).Status);
    }

    [Fact]
    public async Task Use_of_a_shipped_document_is_audited_once_and_not_on_every_request()
    {
        await using var system = await StartAsync();
        system.Transport.Lookups = SocketError.HostNotFound;
        for (var i = 0; i < 5; i++)
        {
            await AssertStandsInAsync(system);
            system.System.Clock.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Single(
            system.System.Server.Logs.Lines,
            line => line.Contains($"client.document_shipped: client {ClaudeCode}", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Shipped_documents_are_not_used_after_their_expiry_date_or_when_the_operator_disables_them()
    {
        await using var off = await StartAsync(options => options.Set(Setting("UseShipped"), "false"));
        off.Transport.Lookups = SocketError.HostNotFound;
        Assert.Equal(503, (await off.AuthorizeAsync(ClaudeCode, Loopback)).Status);

        await using var late = await StartAsync(options =>
            options.Clock.Advance(GivenDocuments.ShippedEndAt - options.Clock.GetUtcNow() - TimeSpan.FromHours(1))
        );
        late.Transport.Lookups = SocketError.HostNotFound;
        await AssertStandsInAsync(late);
        late.System.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(503, (await late.AuthorizeAsync(ClaudeCode, Loopback)).Status);
    }

    [Fact]
    public async Task The_error_for_a_client_without_a_shipped_document_says_what_the_operator_can_do()
    {
        await using var system = await StartAsync();
        system.Transport.Lookups = SocketError.HostNotFound;
        await system.AssertRefusedAsync(system.NewUrl(), "McpOidc:Registration:ClientIdMetadataDocuments", 503);
        Assert.Equal(503, (await system.AuthorizeAsync("https://claude.ai/oauth/another", Loopback)).Status);
    }

    [Fact]
    public async Task An_office_behind_one_address_signs_in_with_all_shipped_clients()
    {
        await using var system = await StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
        });
        RateLimitTests.BeginWindow(system.System, TimeSpan.FromMinutes(1));
        system.Transport.Lookups = SocketError.HostNotFound;
        for (var round = 0; round < 3; round++)
        {
            foreach (var (url, redirectUri) in Clients.Select(row => ((string)row[0], (string)row[1])))
            {
                using var client = system.CreateClient(url, redirectUri);
                using var request = new HttpRequestMessage(HttpMethod.Get, client.AuthorizeUrl());
                request.Headers.Add("X-Forwarded-For", "203.0.113.7");
                using var response = await client.Http.SendAsync(request);
                Assert.Equal(StatusCodes.Status303SeeOther, (int)response.StatusCode);
            }

            system.System.Clock.Advance(TimeSpan.FromSeconds(16));
        }
    }

    [Fact]
    public void Shipped_documents_name_no_keys_that_would_have_to_be_fetched()
    {
        var documents = GivenDocuments.ReadShipped().Select(body => JsonNode.Parse(body)!).ToList();
        Assert.Equal(Clients.Select(row => (string)row[0]), documents.Select(document => (string)document["client_id"]!));
        Assert.All(documents, document => Assert.Null(document["jwks_uri"]));
        Assert.All(documents, document => Assert.Equal("none", (string?)document["token_endpoint_auth_method"]));
    }

    internal static string Setting(string name) => $"McpOidc:Registration:ClientIdMetadataDocuments:{name}";

    private static async Task AssertStandsInAsync(DocumentSystem system)
    {
        var (status, text) = await system.AuthorizeAsync(ClaudeCode, Loopback);
        Assert.True(status == 303, $"{status} {text}");
    }

    private static Task<DocumentSystem> StartAsync(Action<TestSystemOptions>? configure = null) =>
        DocumentSystem.StartAsync(options =>
        {
            options.Set(Setting("Timeout"), "00:00:01");
            configure?.Invoke(options);
        });
}
