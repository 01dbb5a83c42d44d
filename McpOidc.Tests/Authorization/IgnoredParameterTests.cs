using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Authorization;

/// <summary>
/// Unrecognized parameters are ignored at every endpoint (RFC 6749 §3.1, §3.2): claude-code#69547, typescript-sdk#941, LibreChat#13401,
/// gemini-cli#5265.
/// </summary>
public sealed class IgnoredParameterTests(IgnoredParameterTests.Fixture fixture) : IClassFixture<IgnoredParameterTests.Fixture>
{
    public static TheoryData<string, string> Unread =>
        new()
        {
            { "audience", "https://api.example/" },
            { "client_assertion_type", ClientKey.AssertionType },
            { "client_assertion_type", "made-up" },
            { "organization", "acme" },
            { "x-unknown", "é & = ?" },
            { "access_type", "offline" },
            { "username", "alice" },
            { "password", "alice" },
            { "device_code", "made-up" },
            { "user_code", "made-up" },
            { "assertion", "made-up" },
            { "subject_token", "made-up" },
            { "subject_token_type", "made-up" },
            { "actor_token", "made-up" },
            { "requested_token_type", "made-up" },
            { "token_type_hint", "made-up" },
            { "display", "popup" },
            { "claims", "{" },
            { "claims_locales", "en" },
            { "ui_locales", "" },
            { "scope", "" },
            { "scope", "  " },
            { "resource", "" },
            { "audience", "" },
            { "client_assertion", "" },
            { "request", "" },
            { "registration", "" },
            { "response_mode", "" },
            { "prompt", "" },
            { "max_age", "" },
            { "nonce", "" },
            { "acr_values", "" },
            { "login_hint", "" },
            { "id_token_hint", "" },
            { "dpop_jkt", "" },
        };

    [Theory]
    [MemberData(nameof(Unread))]
    public async Task An_authorization_request_with_an_unrecognized_parameter_proceeds(string name, string value)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        Assert.NotNull((await client.AuthorizeAsync(browser, (name, value))).Query("code"));
    }

    // Libraries send an empty secret for a client without one.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_empty_secret_is_none(bool isInHeader)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var code = await client.GetCodeAsync(browser);
        (client.UsesBasic, client.ClientSecret) = (isInHeader, "");
        var tokens = await client.RedeemAsync(code);
        Assert.Equal(200, tokens.Status);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Theory]
    [MemberData(nameof(Unread))]
    public async Task A_pushed_request_with_an_unknown_parameter_succeeds(string name, string value)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var pushed = await client.PostAsync(
            "/request",
            [
                ("response_type", "code"),
                ("redirect_uri", client.RedirectUri),
                ("code_challenge", client.Challenge),
                ("code_challenge_method", "S256"),
                (name, value),
            ]
        );
        Assert.Equal(201, pushed.Status);
        var url = QueryHelpers.AddQueryString(
            $"{client.Issuer}/authorize",
            new Dictionary<string, string?>
            {
                ["client_id"] = client.ClientId,
                ["request_uri"] = pushed["request_uri"],
                [name] = value,
            }
        );
        Assert.NotNull((await browser.OpenAsync(url, client.IsRedirectUri)).Query("code"));
    }

    [Theory]
    [MemberData(nameof(Unread))]
    public async Task Tokens_are_issued_introspected_and_revoked_despite_an_unrecognized_parameter(string name, string value)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser), (name, value));
        Assert.Equal(200, tokens.Status);
        Assert.Equal(client.Resource, Jwt.Read(tokens.AccessToken)["aud"]);
        var refreshed = await client.RefreshAsync(tokens.RefreshToken, (name, value));
        Assert.Equal(200, refreshed.Status);
        Assert.Equal(200, (await client.PostAsync("/token/revocation", [("token", refreshed.RefreshToken), (name, value)])).Status);

        using var machine = fixture.System.CreateClient("job");
        var own = await machine.TokenAsync([("grant_type", "client_credentials"), (name, value)]);
        Assert.Equal(200, own.Status);
        Assert.Equal("true", (await machine.PostAsync("/token/introspection", [("token", own.AccessToken), (name, value)]))["active"]);
    }

    // RFC 6749 §3.3, §4.1.3: the scope of a code is fixed when it is issued.
    [Theory]
    [InlineData("openid email profile")]
    [InlineData("openid")]
    [InlineData("openid email profile files:write")]
    [InlineData("made:up offline_access")]
    public async Task A_scope_sent_with_a_code_is_ignored_and_the_response_states_the_granted_scope(string scope)
    {
        using var client = await fixture.RegisterAsync(mayRefresh: scope != "made:up offline_access");
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid email")), ("scope", scope));
        Assert.Equal((200, "openid email"), (tokens.Status, tokens["scope"]));
    }

    // OAuth 2.1 §4.1.3 dropped it; the verifier binds the code.
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_code_can_be_redeemed_without_a_redirect_URI(string? redirectUri)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        Assert.Equal(200, (await client.RedeemAsync(await client.GetCodeAsync(browser), ("redirect_uri", redirectUri))).Status);
    }

    [Fact]
    public async Task A_client_assertion_without_its_type_still_proves_nothing()
    {
        using var key = new ClientKey();
        using var machine = fixture.System.CreateClient("job");
        var answer = await machine.TokenAsync([
            ("grant_type", "client_credentials"),
            ("client_secret", null),
            ("client_assertion", key.Assert("job", machine.Issuer)),
        ]);
        Assert.NotEqual(200, answer.Status);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public TestSystem System { get; private set; } = null!;

        public async Task InitializeAsync() =>
            System = await TestSystem.StartAsync(options =>
            {
                options.Set("McpOidc:RateLimits:Enabled", "false");
                options.AddClient(0, "job", key: null, ("GrantTypes:0", "client_credentials"));
            });

        public async Task DisposeAsync() => await System.DisposeAsync();

        public async Task<OAuthClient> RegisterAsync(bool mayRefresh = true)
        {
            var client = System.CreateClient();
            var metadata = OAuthClient.Metadata(client.RedirectUri);
            metadata["grant_types"] = mayRefresh
                ? metadata["grant_types"]!.DeepClone()
                : new global::System.Text.Json.Nodes.JsonArray("authorization_code");
            await client.RegisterAsync(metadata);
            return client;
        }
    }
}
