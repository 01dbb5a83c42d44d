using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>Registrations that cannot be lost and cannot fill the store (RFC 7591 appendix A.5.2).</summary>
public sealed class StatelessRegistrationTests
{
    private const string Secret = "a-secret-of-at-least-thirty-two-characters";

    [Fact]
    public async Task A_registration_leaves_nothing_in_the_store()
    {
        var fixture = await StartFixtureAsync();
        using var client = fixture.System.CreateClient();
        await client.RegisterAsync();
        var before = fixture.Count("client:%");

        for (var i = 0; i < 20; i++)
        {
            await client.RegisterAsync();
        }

        Assert.Equal(0, before);
        Assert.Equal(0, fixture.Count("client:%"));
        Assert.DoesNotContain(client.ClientId, fixture.DumpStore(), StringComparison.Ordinal);
        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task The_response_has_everything_but_scope_and_logo()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        var metadata = OAuthClient.Metadata("https://app.example/cb");
        metadata["scope"] = "openid";
        metadata["logo_uri"] = "https://app.example/logo";
        metadata["client_uri"] = "https://app.example/";
        metadata["post_logout_redirect_uris"] = new JsonArray("https://app.example/bye");

        var answer = await client.RegisterAsync(metadata);

        Assert.Null(answer["scope"]);
        Assert.Null(answer["logo_uri"]);
        Assert.Equal("https://app.example/", answer["client_uri"]!.ToString());
        Assert.Equal("https://app.example/bye", answer["post_logout_redirect_uris"]![0]!.ToString());
        Assert.InRange(client.ClientId.Length, 40, 255);
        Assert.Equal(200, (await ManageAsync(client, "GET", answer)).Status);
    }

    [Fact]
    public async Task A_registration_that_does_not_fit_is_stored_and_keeps_everything()
    {
        var fixture = await StartFixtureAsync();
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata("http://127.0.0.1:7777/callback", "https://app.example/" + new string('x', 300));
        metadata["scope"] = "openid";

        var answer = await client.RegisterAsync(metadata);

        Assert.Equal(22, client.ClientId.Length);
        Assert.Equal("openid", answer["scope"]!.ToString());
        Assert.Equal(1, fixture.Count("client:%"));
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
        await fixture.DisposeAsync();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    public async Task After_the_store_is_lost_a_refresh_yields_invalid_grant_and_the_old_id_can_sign_in(string method)
    {
        var port = Loopback.FreePort();
        var (client, refreshToken) = await SignInAndLoseStoreAsync(port, method);
        using var _ = client;
        await using var again = await StartAsync(port);

        var refused = await client.RefreshAsync(refreshToken);
        Assert.Equal((400, "invalid_grant"), (refused.Status, refused.Error));
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser));
        Assert.Equal(200, tokens.Status);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_client_that_was_idle_beyond_the_lifetime_of_its_record_can_sign_in()
    {
        var fixture = await StartFixtureAsync();
        using var client = fixture.System.CreateClient();
        using var browser = new Browser();
        await client.SignInAsync(browser);
        foreach (var days in new[] { 91, 400 })
        {
            fixture.System.Clock.Advance(TimeSpan.FromDays(days));
            using var later = new Browser();
            Assert.Equal(200, (await client.RedeemAsync(await client.GetCodeAsync(later))).Status);
        }

        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task A_sign_in_creates_a_record_under_the_digest_and_the_client_id_is_in_no_page_log_or_record()
    {
        var fixture = await StartFixtureAsync();
        using var client = fixture.System.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var page = await client.OpenConsentAsync(browser);
        var tokens = await client.SignInAsync(browser);
        using var account = await browser.GetAsync(fixture.System.Issuer + "/account");

        Assert.Equal(200, tokens.Status);
        Assert.Equal(1, fixture.Count($"client:{{{ClientIdDigest.Of(client.ClientId)}}}"));
        Assert.DoesNotContain(client.ClientId, page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(client.ClientId, await account.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(client.ClientId, fixture.DumpStore(), StringComparison.Ordinal);
        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task The_access_token_of_a_typical_client_has_fewer_than_1400_characters()
    {
        await using var system = await StartAsync(Loopback.FreePort());
        using var client = system.CreateClient();
        using var browser = new Browser();

        var tokens = await client.SignInAsync(browser);

        Assert.InRange(tokens.AccessToken.Length, 200, 1399);
        Assert.Equal(client.ClientId, JwtReader.Payload(tokens.AccessToken)["client_id"]!.ToString());
    }

    [Fact]
    public async Task The_digest_is_not_accepted_as_a_client_id()
    {
        await using var system = await StartAsync(Loopback.FreePort());
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        client.ClientId = ClientIdDigest.Of(client.ClientId);

        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
    }

    [Fact]
    public async Task A_forged_client_id_is_unknown_everywhere()
    {
        await using var system = await StartAsync(Loopback.FreePort());
        using var client = system.CreateClient();
        var registered = await client.RegisterAsync();
        client.ClientId = new StringBuilder(client.ClientId) { [40] = client.ClientId[40] == 'A' ? 'B' : 'A' }.ToString();

        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
        var refused = await client.RefreshAsync("anything");
        Assert.Equal((401, "invalid_client"), (refused.Status, refused.Error));
        registered["registration_client_uri"] = $"{system.Issuer}/register/{client.ClientId}";
        Assert.Equal(401, (await ManageAsync(client, "GET", registered)).Status);
    }

    [Fact]
    public async Task A_client_cannot_use_the_tokens_of_another_client()
    {
        await using var system = await StartAsync(Loopback.FreePort());
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        var code = await client.GetCodeAsync(browser);
        await client.RegisterAsync();

        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal("invalid_grant", (await client.RedeemAsync(code)).Error);
    }

    [Fact]
    public async Task A_stateless_registration_cannot_be_changed_and_its_deletion_is_permanent()
    {
        await using var system = await StartAsync(Loopback.FreePort());
        using var client = system.CreateClient();
        var registered = await client.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser));

        Assert.Equal(403, (await ManageAsync(client, "PUT", registered)).Status);
        Assert.Equal(204, (await ManageAsync(client, "DELETE", registered)).Status);

        Assert.Equal(401, (await ManageAsync(client, "GET", registered)).Status);
        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        using var mcp = await client.CallAsync(system.Resource, tokens.AccessToken);
        Assert.Equal(401, (int)mcp.StatusCode);
        system.Clock.Advance(TimeSpan.FromDays(4000));
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
    }

    private static async Task<SystemFixture> StartFixtureAsync()
    {
        var fixture = new SystemFixture();
        await fixture.InitializeAsync();
        return fixture;
    }

    private static Task<TestSystem> StartAsync(int port, params (string Key, string Value)[] settings) =>
        TestSystem.StartAsync(options =>
        {
            options.ServerPort = port;
            foreach (
                var (key, value) in settings.Any(setting => setting.Key == "McpOidc:Secret")
                    ? settings
                    : [("McpOidc:Secret", Secret), .. settings]
            )
            {
                options.Set(key, value);
            }
        });

    private static async Task<(OAuthClient Client, string RefreshToken)> SignInAndLoseStoreAsync(int port, string method)
    {
        await using var system = await StartAsync(port);
        var client = system.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = method;
        client.UsesBasic = method == "client_secret_basic";
        await client.RegisterAsync(metadata);
        using var browser = new Browser();
        return (client, (await client.SignInAsync(browser)).RefreshToken);
    }

    private static async Task<(int Status, JsonObject? Body)> ManageAsync(OAuthClient client, string method, JsonObject registered)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), registered["registration_client_uri"]!.ToString());
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", registered["registration_access_token"]!.ToString());
        request.Content = method == "PUT" ? new StringContent("{}", Encoding.UTF8, "application/json") : null;
        using var response = await client.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length > 0 ? JsonNode.Parse(text) as JsonObject : null);
    }
}
