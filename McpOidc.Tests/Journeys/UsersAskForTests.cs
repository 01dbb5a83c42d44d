using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Journeys;

/// <summary>What users have asked for in discovery, registration, resource, scope and CORS; the threads are named.</summary>
public sealed class UsersAskForTests(BothModes modes) : IClassFixture<BothModes>
{
    // csharp-sdk#1446, context-forge#2148, tableau#772
    [Fact]
    public async Task Case_6_clients_register_here_although_the_identity_provider_offers_no_registration()
    {
        var system = (await modes.InAsync(standalone: false)).System;
        using var http = new HttpClient();
        Assert.Null(
            (await http.GetFromJsonAsync<JsonObject>(system.Idp!.Issuer + "/.well-known/openid-configuration"))!["registration_endpoint"]
        );
        using var client = system.CreateClient();
        using var browser = new Browser();
        Assert.NotEmpty((await client.SignInAsync(browser)).AccessToken);
    }

    // claude-code#84614, supabase/mcp#355, mcp-remote#36, fastmcp#1762, cloudflare#201
    [Fact]
    public async Task Case_7_a_forgotten_client_id_is_reported_in_JSON_at_the_token_endpoint_and_in_words_at_authorize()
    {
        var system = (await modes.InAsync(standalone: false)).System;
        using var client = system.CreateClient();
        client.ClientId = "forgotten";
        var answer = await client.RefreshAsync("whatever");
        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
        var page = await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
        Assert.Contains("registers anew", page, StringComparison.Ordinal);
    }

    // mcphub#1174, nextcloud-mcp#1067, ihub#2358
    [Fact]
    public async Task Case_8_unused_stored_registrations_are_removed_and_those_in_use_are_kept()
    {
        await using var system = await TestSystem.StartAsync();
        using var unused = system.CreateClient();
        await unused.RegisterAsync(OAuthClient.StoredMetadata(unused.RedirectUri));
        using var used = system.CreateClient();
        using var browser = new Browser();
        await used.RegisterAsync(OAuthClient.StoredMetadata(used.RedirectUri));
        var tokens = await used.SignInAsync(browser);
        for (var week = 0; week < 12; week++)
        {
            system.Clock.Advance(TimeSpan.FromDays(8));
            tokens = await used.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }

        Assert.Equal("invalid_client", (await unused.RefreshAsync("whatever")).Error);
    }

    // claude-code#90370, #42765; agent-native#2532; archestra#3664. Documents: ClientIdMetadataDocumentJourneyTests.
    [Theory]
    [InlineData("http://localhost/callback", "http://localhost:51234/callback")]
    [InlineData("http://127.0.0.1:3000/callback", "http://127.0.0.1:51234/callback")]
    [InlineData("http://[::1]/callback", "http://[::1]:51234/callback")]
    public async Task Case_9_a_loopback_redirect_URI_may_have_any_port(string registered, string asked)
    {
        var system = (await modes.InAsync(standalone: false)).System;
        using var client = system.CreateClient();
        await client.RegisterAsync(OAuthClient.Metadata(registered));
        client.RedirectUri = asked;
        using var browser = new Browser();
        Assert.NotEmpty((await client.RedeemAsync(await client.GetCodeAsync(browser))).AccessToken);
    }

    // better-auth#10946, laravel/mcp#173, jentic#1245, python-sdk#897
    [Fact]
    public async Task Case_10_cursor_registers_as_a_web_application_and_the_person_is_told_where_the_response_goes()
    {
        var system = (await modes.InAsync(standalone: false)).System;
        using var client = system.CreateClient();
        client.RedirectUri = "cursor://anysphere.cursor-mcp/oauth/callback";
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["application_type"] = "web";
        await client.RegisterAsync(metadata);
        using var browser = new Browser();
        var page = await client.OpenConsentAsync(browser);
        Assert.Contains("cursor: links", page.Html!, StringComparison.Ordinal);
    }

    // vscode#259251, python-sdk#1264, sentry-mcp#837, vercel/ai#13988, Rock#6974
    [Theory]
    [InlineData("/")]
    [InlineData("")]
    public async Task Case_11_the_resource_is_accepted_with_or_without_a_slash_and_echoed_as_requested(string end)
    {
        var signedIn = await modes.InAsync(standalone: true);
        var asked = signedIn.System.Resource.Replace("http://localhost", "HTTP://LOCALHOST", StringComparison.Ordinal) + end;
        using var client = new OAuthClient(signedIn.System.Issuer, asked);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(asked, JwtReader.Payload(tokens.AccessToken)["aud"]!.ToString());
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
    }

    // nutrition-mcp#51, atlassian#148, claude-ai-mcp#376, fastmcp#4166. All forms: MetadataTests.
    [Theory]
    [InlineData("/.well-known/oauth-authorization-server/mcp")]
    [InlineData("/mcp/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-protected-resource/mcp")]
    public async Task Case_12_no_form_of_the_well_known_path_returns_404(string path)
    {
        foreach (var standalone in new[] { false, true })
        {
            var signedIn = await modes.InAsync(standalone);
            using var response = await signedIn.Client.Http.GetAsync(new Uri(signedIn.System.McpOrigin + path));
            Assert.Equal(200, (int)response.StatusCode);
        }
    }

    // ai-gateway#2307, routecraft#320, windmill#10535
    [Theory]
    [InlineData("POST", "/token")]
    [InlineData("POST", "/register")]
    [InlineData("GET", "/me")]
    public async Task Case_13_a_browser_can_read_responses_and_errors_and_its_preflight_needs_no_token(string method, string path)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, signedIn.System.Issuer + path);
        preflight.Headers.Add("Origin", "https://inspector.example");
        preflight.Headers.Add("Access-Control-Request-Method", method);
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,mcp-protocol-version");
        using var allowed = await signedIn.Client.Http.SendAsync(preflight);
        Assert.Equal(204, (int)allowed.StatusCode);

        using var request = new HttpRequestMessage(new HttpMethod(method), signedIn.System.Issuer + path);
        request.Headers.Add("Origin", "https://inspector.example");
        using var response = await signedIn.Client.Http.SendAsync(request);
        Assert.InRange((int)response.StatusCode, 400, 499);
        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Contains(
            "WWW-Authenticate",
            Assert.Single(response.Headers.GetValues("Access-Control-Expose-Headers")),
            StringComparison.Ordinal
        );
    }

    // appstrate#1267, go-sdk#1102, mcp-remote#216
    [Fact]
    public async Task Omitting_the_scope_sets_no_limit_at_registration_and_yields_the_resource_scopes_at_authorize()
    {
        var signedIn = await modes.InAsync(standalone: true);
        using var client = signedIn.System.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", null)));
        Assert.Contains("email", JwtReader.Payload(tokens.AccessToken)["scope"]!.ToString(), StringComparison.Ordinal);
    }

    // supabase/auth#2628, medplum#9183, claude-code#41610, notra#498
    [Theory]
    [InlineData("offline_access openid")]
    [InlineData("openid email offline_access")]
    [InlineData("openid")]
    public async Task Refresh_tokens_depend_on_the_registered_grant_types_and_not_on_offline_access(string scope)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var client = signedIn.System.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        Assert.NotEmpty((await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scope)))).RefreshToken);
    }

    // fastmcp#4281
    [Fact]
    public async Task An_error_of_the_identity_provider_reaches_the_client()
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var client = signedIn.System.CreateClient();
        using var browser = new Browser { AtIdentityProvider = "cancel" };
        await client.RegisterAsync();
        (await client.AuthorizeAsync(browser)).ExpectRedirectError(client, "access_denied");
    }
}
