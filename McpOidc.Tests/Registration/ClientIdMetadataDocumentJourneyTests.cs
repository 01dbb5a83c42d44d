using System.Net;
using System.Text.Json.Nodes;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Registration;

/// <summary>Clients that never register, from sign-in to revocation.</summary>
public sealed class ClientIdMetadataDocumentJourneyTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    private const string WebRedirectUri = "https://app.example/cb";
    private const string ClaudeCode = "https://claude.ai/oauth/claude-code-client-metadata";

    // As published (public issue threads): loopback URIs without a port, no application_type.
    private static readonly JsonObject s_claudeCode = new()
    {
        ["client_id"] = ClaudeCode,
        ["client_name"] = "Claude Code",
        ["client_uri"] = "https://claude.ai",
        ["redirect_uris"] = new JsonArray("http://localhost/callback", "http://127.0.0.1/callback"),
        ["grant_types"] = new JsonArray("authorization_code", "refresh_token"),
        ["response_types"] = new JsonArray("code"),
        ["token_endpoint_auth_method"] = "none",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_C_sharp_SDK_signs_in_with_its_document_and_never_registers(bool standalone)
    {
        await using var system = await DocumentSystem.StartAsync(options => options.Standalone = standalone);
        var url = system.Publish(document => document["redirect_uris"] = new JsonArray("http://localhost/callback"));
        await Journey.RunAsync(system.System, async resource => await SdkClient.ConnectAsync(resource, metadataDocument: new Uri(url)));
        Assert.NotEmpty(system.Host.RequestsFor(url));
        Assert.DoesNotContain(system.System.Server.Logs.Lines, line => line.Contains(" registered.", StringComparison.Ordinal));
    }

    [RedisFact]
    public async Task A_client_with_a_document_works_with_Redis_and_its_URL_is_in_no_key()
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        await using var system = await DocumentSystem.StartAsync(store: store);
        using var browser = new Browser();
        using var client = system.CreateClient(system.Publish());
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        await system
            .System.Server.Services.GetRequiredService<RegistrationManagement>()
            .DeleteAsync(client.ClientId, isOwnWish: false, CancellationToken.None);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Theory]
    [InlineData("http://localhost:{0}/callback")]
    [InlineData("http://127.0.0.1:{0}/callback")]
    public async Task Claude_Code_signs_in_on_random_ports_and_consent_is_asked_for_each_time(string redirectUri)
    {
        fixture.Host.Serve(ClaudeCode, s_claudeCode);
        using var browser = new Browser();
        using var client = fixture.CreateClient(ClaudeCode, Port(redirectUri));
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        Assert.Equal(1, browser.ConsentPages());

        // RFC 8252 §8.6: any program on this computer can use the public id, so a remembered consent does not count.
        using var later = fixture.CreateClient(ClaudeCode, Port(redirectUri));
        (await later.AuthorizeAsync(browser, ("prompt", "none"))).ExpectRedirectError(later, "consent_required");
        await later.SignInAsync(browser);
        Assert.Equal(2, browser.ConsentPages());
    }

    [Theory]
    [InlineData("http://localhost:7777/other")]
    [InlineData("http://[::1]:7777/callback")]
    [InlineData("https://localhost:7777/callback")]
    [InlineData("http://localhost.evil.example:7777/callback")]
    public async Task Only_the_port_of_a_loopback_redirect_URI_may_differ_from_the_document(string redirectUri)
    {
        fixture.Host.Serve(ClaudeCode, s_claudeCode);
        Assert.Equal(400, (await fixture.AuthorizeAsync(ClaudeCode, redirectUri)).Status);
    }

    [Fact]
    public async Task The_consent_page_shows_who_publishes_the_document_and_that_loopback_proves_nothing()
    {
        fixture.Host.Serve(ClaudeCode, s_claudeCode);
        using var client = fixture.CreateClient(ClaudeCode, "http://localhost:4711/callback");
        var page = await ConsentAsync(client);
        Assert.Contains("<strong>claude.ai</strong> publishes", page, StringComparison.Ordinal);
        Assert.Contains("<p class=\"host\">An application on this computer</p>", page, StringComparison.Ordinal);
        Assert.Contains(
            "claude.ai describes this application, but cannot confirm that it is the one asking now",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains("http://localhost/callback", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_consent_page_warns_when_the_response_goes_to_another_host_than_that_of_the_document()
    {
        var url = fixture.NewUrl();
        fixture.Publish(
            url,
            document => document["redirect_uris"] = new JsonArray("https://app.example/cb", $"https://{new Uri(url).Host}/cb")
        );
        using var foreign = fixture.CreateClient(url, "https://app.example/cb");
        var page = await ConsentAsync(foreign);
        Assert.Contains("<p class=\"host\">app.example</p>", page, StringComparison.Ordinal);
        Assert.Contains($"You will be sent to app.example, not to {new Uri(url).Host}", page, StringComparison.Ordinal);
        using var own = fixture.CreateClient(url, $"https://{new Uri(url).Host}/cb");
        Assert.DoesNotContain("class=\"warning\"", await ConsentAsync(own), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_document_and_a_document_with_the_same_name_elsewhere_need_a_new_consent()
    {
        var url = fixture.NewUrl();
        fixture.Publish(url, Web);
        using var browser = new Browser();
        using var client = fixture.CreateClient(url, WebRedirectUri);
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(1, browser.ConsentPages());
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        await client.SignInAsync(browser);
        Assert.Equal(1, browser.ConsentPages());

        fixture.Publish(url, Renamed);
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        await client.SignInAsync(browser);
        Assert.Equal(2, browser.ConsentPages());
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);

        using var impostor = fixture.CreateClient(fixture.Publish(Renamed), WebRedirectUri);
        await impostor.SignInAsync(browser);
        Assert.Equal(3, browser.ConsentPages());
    }

    [Fact]
    public async Task Every_installation_has_its_own_refresh_token_family()
    {
        var url = fixture.Publish();
        using var alice = new Browser();
        using var bob = new Browser { UserName = "bob" };
        using var first = fixture.CreateClient(url);
        using var second = fixture.CreateClient(url);
        using var third = fixture.CreateClient(url);
        var stolen = await first.SignInAsync(alice);
        var other = await second.SignInAsync(alice);
        var bobs = await third.SignInAsync(bob);

        var next = await first.RefreshAsync(stolen.RefreshToken);
        await first.RefreshAsync(next.RefreshToken);
        Assert.Equal("invalid_grant", (await first.RefreshAsync(stolen.RefreshToken)).Error);
        Assert.Equal("invalid_grant", (await first.RefreshAsync(next.RefreshToken)).Error);
        other = await second.RefreshAsync(other.RefreshToken);
        Assert.Equal(200, other.Status);
        await second.PostAsync("/token/revocation", [("token", other.RefreshToken)]);
        Assert.Equal("invalid_grant", (await second.RefreshAsync(other.RefreshToken)).Error);
        Assert.Equal(200, (await third.RefreshAsync(bobs.RefreshToken)).Status);
    }

    [Fact]
    public async Task All_grants_of_a_document_can_be_found_and_ended_by_its_URL()
    {
        var url = fixture.Publish();
        using var alice = new Browser();
        using var bob = new Browser { UserName = "bob" };
        using var client = fixture.CreateClient(url);
        var tokens = new[] { await client.SignInAsync(alice), await client.SignInAsync(bob) };
        await fixture.System.Server.Services.GetRequiredService<RegistrationManagement>().DeleteAsync(url, isOwnWish: false, default);
        foreach (var ended in tokens)
        {
            Assert.Equal("invalid_grant", (await client.RefreshAsync(ended.RefreshToken)).Error);
        }
    }

    [Fact]
    public async Task The_token_endpoint_returns_invalid_client_for_a_removed_document_and_503_for_an_unreachable_one()
    {
        var url = fixture.Publish(null, ("Cache-Control", "no-store"));
        using var browser = new Browser();
        using var client = fixture.CreateClient(url);
        var tokens = await client.SignInAsync(browser);

        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        Fail(url, 503);
        var unreachable = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((503, "temporarily_unavailable"), (unreachable.Status, unreachable.Error));
        Assert.NotNull(unreachable.Headers.RetryAfter);

        fixture.System.Clock.Advance(TimeSpan.FromSeconds(16));
        Fail(url, 404);
        var gone = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((401, "invalid_client"), (gone.Status, gone.Error));
        Assert.Contains("answered 404", gone["error_description"], StringComparison.Ordinal);

        fixture.System.Clock.Advance(TimeSpan.FromSeconds(16));
        fixture.Publish(url);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_browser_based_client_can_read_why_it_was_refused()
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, fixture.System.Issuer + "/token");
        request.Headers.Add("Origin", "https://inspector.example");
        request.Content = new FormUrlEncodedContent([
            new("grant_type", "refresh_token"),
            new("refresh_token", "x"),
            new("client_id", fixture.NewUrl()),
        ]);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    [Fact]
    public async Task The_page_for_an_unusable_document_says_why_and_what_to_do()
    {
        using var missing = fixture.CreateClient(fixture.NewUrl());
        var refused = await BrowserSteps.ExpectErrorPageAsync(missing.AuthorizeUrl());
        Assert.Contains($"{new Uri(missing.ClientId).Host}: The document&#x27;s host answered 404", refused, StringComparison.Ordinal);
        Assert.Contains("Tell the developer of the application", refused, StringComparison.Ordinal);
        using var failing = fixture.CreateClient(fixture.NewUrl());
        Fail(failing.ClientId, 500);
        Assert.Contains(
            "Wait a minute, then connect again",
            await BrowserSteps.ExpectErrorPageAsync(failing.AuthorizeUrl(), 503),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_URL_client_has_no_registration_that_can_be_managed_or_probed()
    {
        var url = fixture.Publish();
        using var client = fixture.CreateClient(url);
        using var response = await client.CallAsync(
            $"{fixture.System.Issuer}/register/{Uri.EscapeDataString(url)}",
            "token",
            HttpMethod.Get
        );
        Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(fixture.Host.RequestsFor(url));
    }

    [Fact]
    public async Task Both_metadata_documents_advertise_support_unless_it_is_turned_off_and_then_nothing_is_fetched()
    {
        await using var off = await DocumentSystem.StartAsync(options =>
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:Enabled", "false")
        );
        using var http = new HttpClient();
        foreach (var path in new[] { "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration" })
        {
            Assert.True(
                JsonNode.Parse(await http.GetStringAsync(fixture.System.Issuer + path))![
                    "client_id_metadata_document_supported"
                ]!.GetValue<bool>()
            );
            Assert.Null(JsonNode.Parse(await http.GetStringAsync(off.System.Issuer + path))!["client_id_metadata_document_supported"]);
        }

        var url = off.Publish();
        Assert.Equal(400, (await off.AuthorizeAsync(url)).Status);
        Assert.Empty(off.Host.RequestsFor(url));
    }

    [Fact]
    public async Task In_Development_a_document_on_loopback_is_accepted_if_the_operator_allows_it()
    {
        await using var web = await TestSite.StartAsync(
            Loopback.FreePort(),
            [],
            _ => { },
            app =>
                app.MapGet(
                    "/client.json",
                    (HttpRequest request) =>
                        Results.Text(DocumentSystem.Document($"http://{request.Host}/client.json").ToJsonString(), "application/json")
                )
        );
        await using var system = await TestSystem.StartAsync(options =>
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:AllowLoopback", "true")
        );
        foreach (
            var url in new[]
            {
                web.Origin + "/client.json",
                web.Origin.Replace("localhost", "127.0.0.1", StringComparison.Ordinal) + "/client.json",
            }
        )
        {
            using var browser = new Browser();
            using var client = system.CreateClient();
            client.ClientId = url;
            Assert.Equal(200, (await client.SignInAsync(browser)).Status);
            client.ClientId = "http://app.example/client.json";
            Assert.Contains("is not https", await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl()), StringComparison.Ordinal);
        }
    }

    private static void Web(JsonObject document) => document["redirect_uris"] = new JsonArray(WebRedirectUri);

    private static void Renamed(JsonObject document)
    {
        Web(document);
        document["client_name"] = "Renamed";
    }

    private static string Port(string redirectUri) => redirectUri.Replace("{0}", $"{Loopback.FreePort()}", StringComparison.Ordinal);

    private static async Task<string> ConsentAsync(OAuthClient client)
    {
        using var browser = new Browser();
        return WebUtility.HtmlDecode((await client.OpenConsentAsync(browser)).Html!);
    }

    private void Fail(string url, int status) =>
        fixture.Host.Answer(
            url,
            http =>
            {
                http.Response.StatusCode = status;
                return Task.CompletedTask;
            }
        );
}
