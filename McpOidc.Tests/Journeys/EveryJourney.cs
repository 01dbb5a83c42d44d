using McpOidc.Audit;
using McpOidc.Tests.Account;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.IdentityAssertion;
using McpOidc.Tests.Token.PersonalAccessTokens;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Journeys;

/// <summary>Everything that clients do with the system, once each, by a user whose name and address occur nowhere else.</summary>
internal sealed class EveryJourney : IAsyncDisposable
{
    public const string ClientName = "Readable client name";
    public const string Email = "w.vanderkanari+mcp@people.example";

    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string Person = "wilhelmina-of-tests";
    private const string Name = "Wilhelmina Vanderkanari";
    private const string ServerSecret = "a secret of the server that only the configuration has";
    private const string AdminKey = "a key of the operators that only the configuration has";
    private const string IdentityProviderSecret = "a secret for the identity provider";

    private readonly AssertingProvider _provider = new();
    private readonly ClientKey _key = new();
    private readonly Browser _browser;
    private DocumentSystem _documents = null!;

    private EveryJourney()
    {
        _browser = new Browser(Tap) { UserName = Person, UserAgent = "Vanderkanari-Browser/1" };
        foreach (
            var secret in new[]
            {
                Email,
                Person,
                Name,
                "Wilhelmina",
                "Vanderkanari",
                ServerSecret,
                IdentityProviderSecret,
                AdminKey,
                ConfiguredClients.Secret,
            }
        )
        {
            Tap.Keep(secret, "known");
        }
    }

    public WireTap Tap { get; } = new();

    public TestSystem System => _documents.System;

    /// <summary>Starts the system and does everything.</summary>
    public static async Task<EveryJourney> RunAsync(TestStore store, bool standalone = false)
    {
        var journey = new EveryJourney();
        await journey.StartAsync(store, standalone);
        using var client = journey.System.CreateClient();
        var tokens = await journey.SignInAsync(client);
        await journey.RegisterAndManageAsync();
        await journey.PushAsync(client);
        await journey.BindAsync();
        await journey.DescribeByDocumentAsync();
        await journey.ActAsMachinesAsync(tokens);
        await journey.GoWithoutBrowserAsync();
        await journey.FailAsync(client);
        await journey.RefreshAsync(client, tokens);
        await journey.LookAroundAsync();
        await journey.SignOutAsync(tokens);
        return journey;
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _documents.DisposeAsync();
        await _provider.DisposeAsync();
        _key.Dispose();
    }

    private async Task StartAsync(TestStore store, bool standalone)
    {
        await _provider.StartAsync();
        _documents = await DocumentSystem.StartAsync(
            options =>
            {
                var resource = $"http://localhost:{(standalone ? options.McpPort : options.ServerPort)}/mcp";
                options.Standalone = standalone;
                options.Tap = Tap;
                options.Map = SessionEndpoint.Map;
                options.Idp = idp =>
                {
                    idp.ClientSecret = IdentityProviderSecret;
                    idp.Users.Add(new(Person, Person, Name, Email));
                };
                options.Set("McpOidc:Secret", ServerSecret);
                options.Set("McpOidc:Admin:Key", AdminKey);
                options.Set("McpOidc:Admin:Claim", "email");
                options.Set("McpOidc:Admin:Value", Email);
                options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
                options.Set("McpOidc:IdentityAssertion:Issuers:0", _provider.Issuer);
                options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
                options.AddClient(3, "box", key: null, ("GrantTypes:0", Device.GrantType), ("GrantTypes:1", "refresh_token"));
                options.AddClient(0, "exchanger", key: null, ("GrantTypes:0", TokenExchange), ("ResourceServer", resource));
                options.AddClient(1, "machine", key: null, ("GrantTypes:0", "client_credentials"), ("Resources:0", resource));
                options.AddClient(2, "agent", _key, ("GrantTypes:0", JwtBearer), ("Scopes:0", "files:read"), ("Resources:0", resource));
            },
            store
        );
    }

    private async Task<TokenAnswer> SignInAsync(OAuthClient client)
    {
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["client_name"] = ClientName;
        await client.RegisterAsync(metadata);
        var tokens = await client.RedeemAsync(
            await client.GetCodeAsync(
                _browser,
                ("state", "a state of the client"),
                ("scope", "openid email profile offline_access files:read")
            )
        );
        foreach (var url in new[] { System.McpOrigin + "/session", System.McpOrigin + "/idp-token", System.Issuer + "/me" })
        {
            using var called = await client.CallAsync(url, tokens.AccessToken, HttpMethod.Get);
            Assert.Equal(200, (int)called.StatusCode);
        }

        return tokens;
    }

    private async Task RegisterAndManageAsync()
    {
        using var client = System.CreateClient();
        client.UsesBasic = true;
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_basic";
        var registration = await client.RegisterAsync(metadata);
        var (url, token) = (registration["registration_client_uri"]!.ToString(), registration["registration_access_token"]!.ToString());
        using var read = await client.CallAsync(url, token, HttpMethod.Get);
        Assert.Equal(200, (int)read.StatusCode);

        var code = await client.GetCodeAsync(_browser);
        var tokens = await client.RedeemAsync(code);
        Assert.Equal(
            "true",
            (await client.PostAsync("/token/introspection", [("token", tokens.AccessToken)]))["active"]!.ToLowerInvariant()
        );
        Assert.Equal("invalid_grant", (await client.RedeemAsync(code)).Error);
        using var deleted = await client.CallAsync(url, token, HttpMethod.Delete);
        Assert.Equal(204, (int)deleted.StatusCode);
    }

    private async Task PushAsync(OAuthClient client)
    {
        var parameters = QueryHelpers
            .ParseQuery(new Uri(client.AuthorizeUrl(("state", "a pushed state"))).Query)
            .Where(field => field.Key != "client_id")
            .Select(field => (field.Key, (string?)field.Value.ToString()));
        var pushed = await client.PostAsync("/request", [.. parameters]);
        var url = QueryHelpers.AddQueryString(
            System.Issuer + "/authorize",
            new Dictionary<string, string?> { ["client_id"] = client.ClientId, ["request_uri"] = pushed["request_uri"] }
        );
        Assert.Equal(200, (await client.RedeemAsync((await _browser.OpenAsync(url, client.IsRedirectUri)).Query("code")!)).Status);
    }

    private async Task BindAsync()
    {
        using var client = System.CreateClient();
        client.Proof = url => _key.Proof("POST", url);
        var tokens = await client.SignInAsync(_browser);
        Assert.Equal("DPoP", (await client.RefreshAsync(tokens.RefreshToken))["token_type"]);
        using var request = new HttpRequestMessage(HttpMethod.Post, System.McpOrigin + "/echo");
        request.Headers.Add("Authorization", "DPoP " + tokens.AccessToken);
        request.Headers.Add("DPoP", _key.Proof("POST", System.McpOrigin + "/echo", tokens.AccessToken));
        using var called = await client.Http.SendAsync(request);
        Assert.Equal(200, (int)called.StatusCode);
    }

    private async Task DescribeByDocumentAsync()
    {
        using var key = new ClientKey();
        using var client = _documents.CreateClient(
            _documents.Publish(document => (document["token_endpoint_auth_method"], document["jwks"]) = ("private_key_jwt", key.Jwks))
        );
        client.Key = key;
        var tokens = await client.SignInAsync(_browser);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    private async Task ActAsMachinesAsync(TokenAnswer person)
    {
        using var exchanger = System.CreateClient("exchanger");
        Assert.Equal(
            200,
            (
                await exchanger.TokenAsync([
                    ("grant_type", TokenExchange),
                    ("subject_token", person.AccessToken),
                    ("subject_token_type", AccessTokenType),
                ])
            ).Status
        );
        using var machine = System.CreateClient("machine");
        machine.UsesBasic = true;
        Assert.Equal(200, (await machine.TokenAsync([("grant_type", "client_credentials")])).Status);
        using var agent = System.CreateClient("agent", _key);
        var payload = _provider.Payload(agent.Issuer, agent.Resource, agent.ClientId);
        payload["email"] = Email;
        payload["sub"] = Person;
        Assert.Equal(
            200,
            (await agent.TokenAsync([("grant_type", JwtBearer), ("assertion", _provider.Key.Sign(payload, AssertingProvider.Type))])).Status
        );
        Assert.Equal(
            "invalid_grant",
            (await agent.TokenAsync([("grant_type", JwtBearer), ("assertion", _provider.Key.Sign(payload, AssertingProvider.Type))])).Error
        );
    }

    /// <summary>Personal access tokens, one of which is kept, and a device.</summary>
    private async Task GoWithoutBrowserAsync()
    {
        var page = new TokenPage(System, _browser);
        foreach (var isRevoked in new[] { true, false })
        {
            await page.OpenAsync();
            var token = (await page.SendAsync($"{Name}'s job", ["files:read"]))!;
            Tap.Keep(token, "personal access token");
            using var server = System.CreateClient("exchanger");
            using var called = await server.CallAsync(System.McpOrigin + "/echo", token);
            Assert.Equal(200, (int)called.StatusCode);
            Assert.Equal("true", (await server.PostAsync("/token/introspection", [("token", token)]))["active"]);
            // An invalid token also gets 200 (RFC 7009 §2.2); the token kept is still in the store when it is inspected.
            Assert.Equal(200, (await server.PostAsync("/token/revocation", [("token", isRevoked ? token : token + "0")])).Status);
        }

        using var device = await Device.BeginAsync(System.CreateClient("box"));
        Assert.Equal("authorization_pending", (await device.PollAsync()).Error);
        Assert.Equal("slow_down", (await device.PollAsync()).Error);
        Assert.Equal(200, (await DevicePage.AllowAsync(System, _browser, device.UserCode)).Status);
        Assert.Equal(200, (await device.PollAsync()).Status);
        Assert.Equal("invalid_grant", (await device.PollAsync()).Error);
        using var denied = await Device.BeginAsync(System.CreateClient("box"));
        var denying = new DevicePage(System, _browser);
        await denying.OpenAsync(denied.Begun["verification_uri_complete"]);
        await denying.SendAsync(_ => { });
        await denying.DecideAsync("deny");
        Assert.Equal("access_denied", (await denied.PollAsync()).Error);
        // One device is waiting when the store is inspected.
        using var waiting = await Device.BeginAsync(System.CreateClient("box"));
        Assert.Equal("authorization_pending", (await waiting.PollAsync()).Error);
    }

    /// <summary>Failures, which are logged most.</summary>
    private async Task FailAsync(OAuthClient client)
    {
        using var browser = new Browser(Tap) { UserName = Person, AtIdentityProvider = "cancel" };
        Assert.Equal("access_denied", (await client.AuthorizeAsync(browser)).Query("error"));
        (browser.AtIdentityProvider, browser.Decision) = ("login", "deny");
        Assert.Equal("access_denied", (await client.AuthorizeAsync(browser)).Query("error"));
        using var callback = await browser.GetAsync(
            $"{System.Issuer}/oauth/callback?code=a-code-that-nobody-made&state=a-state-that-nobody-made"
        );
        Assert.Equal(400, (int)callback.StatusCode);
        Assert.Equal("invalid_grant", (await client.RedeemAsync("a code that nobody made")).Error);
        Assert.Equal(
            "invalid_grant",
            (await client.RedeemAsync(await client.GetCodeAsync(_browser), ("code_verifier", new string('v', 43)))).Error
        );
        Assert.Equal("invalid_grant", (await client.RefreshAsync("a refresh token that nobody made")).Error);
        Assert.Equal(
            "invalid_client",
            (
                await client.PostAsync(
                    "/token",
                    [
                        ("grant_type", "refresh_token"),
                        ("refresh_token", "whatever it is"),
                        ("client_id", "machine"),
                        ("client_secret", "a wrong secret of the machine"),
                    ]
                )
            ).Error
        );
        using var forged = await client.CallAsync(System.McpOrigin + "/echo", "a-forged-token-of-somebody");
        Assert.Equal(401, (int)forged.StatusCode);
        using var inQuery = await client.CallAsync(System.McpOrigin + "/echo?access_token=a-token-in-the-query", null);
        Assert.Equal(401, (int)inQuery.StatusCode);
    }

    private async Task RefreshAsync(OAuthClient client, TokenAnswer tokens)
    {
        System.Clock.Advance(TimeSpan.FromMinutes(5));
        var first = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(first.RefreshToken, (await client.RefreshAsync(tokens.RefreshToken)).RefreshToken);
        var second = await client.RefreshAsync(first.RefreshToken);
        using (var upstream = await client.CallAsync(System.McpOrigin + "/idp-token", second.AccessToken, HttpMethod.Get))
        {
            Assert.Equal(200, (int)upstream.StatusCode);
        }

        // Another installation of the client: one ends by theft, the other by revocation, and the user's record remains.
        var other = await client.RedeemAsync(await client.GetCodeAsync(_browser));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal(200, (await client.PostAsync("/token/revocation", [("token", other.RefreshToken)])).Status);
        await client.RedeemAsync(await client.GetCodeAsync(_browser));
    }

    /// <summary>The user reviews what is connected, ends some of it, and visits the operators' pages and API.</summary>
    private async Task LookAroundAsync()
    {
        using var client = System.CreateClient();
        await client.SignInAsync(_browser);
        var account = await ShownAccount.OpenAsync(System, _browser);
        Assert.Contains("Vanderkanari-Browser", account.Html, StringComparison.Ordinal);
        Assert.Equal(200, (await account.PressAsync(_browser, account.Ids[0])).Status);
        foreach (
            var page in new[]
            {
                "/admin?search=" + Uri.EscapeDataString(Email),
                "/admin/page/person?user=" + Person,
                "/admin/page/clients",
                "/admin/page/keys",
                "/admin/page/audit?search=" + Person,
                "/admin/page/timeline?reference=" + Person,
            }
        )
        {
            using var shown = await _browser.GetAsync(System.Issuer + page);
            Assert.Equal((page, 200), (page, (int)shown.StatusCode));
        }

        using var listed = await client.CallAsync(
            System.Issuer + "/admin/grants?search=" + Uri.EscapeDataString(Email),
            AdminKey,
            HttpMethod.Get
        );
        Assert.Contains(Email.Split('@')[1], await listed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await System.Server.Services.GetRequiredService<AuditTrail>().WriteAsync();
    }

    private async Task SignOutAsync(TokenAnswer tokens)
    {
        using var browser = new Browser(Tap) { UserName = Person };
        using var client = System.CreateClient();
        await client.SignInAsync(browser);
        var url = QueryHelpers.AddQueryString(System.Issuer + "/session/end", "id_token_hint", tokens["id_token"]!);
        Assert.Contains("signed out", (await browser.OpenAsync(url, _ => false)).Html, StringComparison.Ordinal);
        Assert.Contains(
            "signed out",
            (await _browser.OpenAsync(System.Issuer + "/session/end", _ => false)).Html,
            StringComparison.Ordinal
        );

        // One user is signed in and another is signing in when the store is inspected.
        await client.GetCodeAsync(browser);
        using var waiting = new Browser(Tap);
        await waiting.OpenAsync(client.AuthorizeUrl(("state", "a state that waits")), uri => uri.AbsolutePath == "/oauth/consent");
    }
}
