using McpOidc.Configuration;
using McpOidc.Tests.Federation.Simulators;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation;

/// <summary>Providers that support OAuth 2.0 but not OpenID Connect, by settings: GitHub, Discord, Slack, and an unknown one.</summary>
public sealed class OAuthProviderTests
{
    /// <summary>Each preset, and its equivalent in plain settings.</summary>
    public static TheoryData<string> Providers => ["GitHub", "Discord", "Slack", "another"];

    public static TheoryData<string> Endless => ["GitHub", "Slack", "another"];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_person_signs_in_with_PKCE_and_is_identified_by_the_user_endpoint(string kind)
    {
        await using var provider = Create(kind);
        await using var signedIn = await StartAsync(kind, provider);
        var session = await SessionEndpoint.ReadAsync(signedIn);
        var (subject, name, email, isVerified, scopes) = kind switch
        {
            "Discord" => ("80351110224678912", "Nelly", "nelly@example.com", "true", "identify email"),
            "Slack" => ("T12345678/W12345678", "grace", "grace@example.com", "false", "users.profile:read users:read users:read.email"),
            _ => ("583231", "octocat", "mona@example.com", "true", "read:user user:email"),
        };
        Assert.Equal((subject, provider.Origin), (session["upstreamSubject"]!.ToString(), session["provider"]!.ToString()));
        var claims = session["claims"]!;
        Assert.Equal(
            (name, email, isVerified),
            (claims["name"]!.ToString(), claims["email"]!.ToString(), claims["email_verified"]!.ToString())
        );
        Assert.StartsWith("http", claims["picture"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(scopes, provider.Asked[kind == "Slack" ? "user_scope" : "scope"].ToString());
        Assert.Equal("S256", provider.Asked["code_challenge_method"].ToString());
        Assert.False(provider.Asked.ContainsKey("nonce"));
        Assert.StartsWith("at_", (await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Endless))]
    public async Task A_token_that_never_expires_is_kept_and_the_user_endpoint_shows_whether_the_person_still_exists(string kind)
    {
        await using var provider = Create(kind);
        await using var signedIn = await StartAsync(kind, provider);
        var first = await SessionEndpoint.TokenAsync(signedIn);
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal((200, 2), (tokens.Status, provider.UserCalls));
        Assert.Equal(
            first.Token!["access_token"]!.ToString(),
            (await SessionEndpoint.TokenAsync(signedIn, tokens.AccessToken)).Token!["access_token"]!.ToString()
        );
        tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((200, 2), (tokens.Status, provider.UserCalls));

        provider.HasEndedThePerson = true;
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Expiring_tokens_are_refreshed_until_the_provider_ends_the_person(string kind)
    {
        await using var provider = Create(kind);
        provider.TokensExpire = true;
        await using var signedIn = await StartAsync(kind, provider);
        var first = await SessionEndpoint.TokenAsync(signedIn);
        signedIn.System.Clock.Advance(TimeSpan.FromDays(8));
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        var second = await SessionEndpoint.TokenAsync(signedIn, tokens.AccessToken);
        Assert.Equal(200, second.Status);
        Assert.NotEqual(first.Token!["access_token"]!.ToString(), second.Token!["access_token"]!.ToString());

        provider.HasEndedThePerson = true;
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_wrong_secret_is_named_in_the_log_and_the_error_does_not_suggest_a_retry(string kind)
    {
        await using var provider = Create(kind);
        await provider.StartAsync();
        await using var system = await TestSystem.StartAsync(options =>
        {
            Configure(options, kind, provider);
            options.Set("McpOidc:IdentityProvider:ClientSecret", "wrong");
        });
        Assert.Equal("server_error", await ErrorAsync(system));
        Assert.Contains(
            system.Server.Logs.Lines,
            line => line.Contains("(Misconfigured)", StringComparison.Ordinal) && line.Contains(":ClientSecret", StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_code_refused_by_the_provider_is_distinguished_from_a_failing_provider(string kind)
    {
        await using var provider = Create(kind);
        await provider.StartAsync();
        await using var system = await TestSystem.StartAsync(options => Configure(options, kind, provider));
        provider.ForgetsCodes = true;
        Assert.Equal("server_error", await ErrorAsync(system));
        Assert.Contains(system.Server.Logs.Lines, line => line.Contains("The code was late or already used.", StringComparison.Ordinal));
        provider.ForgetsCodes = false;
        provider.TokenStatus = 502;
        Assert.Equal("temporarily_unavailable", await ErrorAsync(system));
        provider.TokenStatus = null;
        provider.HasEndedThePerson = true;
        Assert.Equal("access_denied", await ErrorAsync(system));
    }

    public static TheoryData<string, int, string?, bool> UserAnswers =>
        new()
        {
            { "401", 401, null, true },
            { "401 without a body", 401, "", true },
            { "Slack's token_revoked", 200, """{"ok":false,"error":"token_revoked"}""", true },
            { "Slack's account_inactive", 200, """{"ok":false,"error":"account_inactive"}""", true },
            { "Slack's missing_scope", 200, """{"ok":false,"error":"missing_scope"}""", false },
            { "Slack's ratelimited", 200, """{"ok":false,"error":"ratelimited"}""", false },
            { "another person", 200, """{"id":1,"user_id":"W1","team_id":"T1","ok":true}""", true },
            { "nobody", 200, "{}", false },
            { "a list of ids", 200, """{"id":[]}""", false },
            { "a page", 200, "<html>", false },
            { "a list", 200, "[]", false },
            { "a firewall", 403, null, false },
            { "a moved endpoint", 404, null, false },
            { "too many", 429, null, false },
            { "in trouble", 500, null, false },
            { "away", 503, null, false },
        };

    [Theory]
    [MemberData(nameof(UserAnswers))]
    public async Task Only_a_user_endpoint_response_about_the_person_ends_sign_ins(string what, int status, string? body, bool ends)
    {
        await using var provider = new SimulatedGitHub();
        await using var signedIn = await StartAsync(what.StartsWith("Slack", StringComparison.Ordinal) ? "another" : "GitHub", provider);
        provider.User = _ => Results.Text(body ?? """{"message":"No."}""", "application/json", statusCode: status);
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal(ends ? "invalid_grant" : null, tokens.Error);
        if (!ends)
        {
            Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn, tokens.AccessToken)).Status);
        }
    }

    [Fact]
    public async Task A_provider_that_limits_requests_is_not_contacted_for_the_time_that_it_states()
    {
        await using var provider = new SimulatedGitHub();
        await using var signedIn = await StartAsync("GitHub", provider);
        var clock = signedIn.System.Clock;
        clock.Advance(TimeSpan.FromMinutes(61));
        provider.User = response =>
        {
            response.Headers["X-RateLimit-Remaining"] = "0";
            response.Headers["X-RateLimit-Reset"] = $"{clock.GetUtcNow().AddMinutes(10).ToUnixTimeSeconds()}";
            return Results.StatusCode(403);
        };
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        provider.User = null;
        clock.Advance(TimeSpan.FromMinutes(9));
        tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((200, 2), (tokens.Status, provider.UserCalls));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Status);
        Assert.Equal(3, provider.UserCalls);
    }

    [Theory]
    [InlineData("mona@example.com:primary:verified old@example.com:other:verified", "mona@example.com", true)]
    [InlineData("mona@example.com:primary:unverified old@example.com:other:verified", "old@example.com", true)]
    [InlineData("old@example.com:other:unverified mona@example.com:primary:unverified", "mona@example.com", false)]
    [InlineData("", null, false)]
    public async Task A_verified_address_is_chosen_from_several_and_no_other_counts_as_verified(
        string addresses,
        string? email,
        bool isVerified
    )
    {
        await using var provider = new SimulatedGitHub
        {
            Emails =
            [
                .. addresses
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(address => address.Split(':'))
                    .Select(address => SimulatedGitHub.Address(address[0], address[1] == "primary", address[2] == "verified")),
            ],
        };
        await using var signedIn = await StartAsync("GitHub", provider);
        var claims = (await SessionEndpoint.ReadAsync(signedIn))["claims"]!;
        Assert.Equal(
            (
                email,
                email is null ? null
                : isVerified ? "true"
                : "false"
            ),
            (claims["email"]?.ToString(), claims["email_verified"]?.ToString())
        );
    }

    [Fact]
    public async Task An_address_that_Discord_has_not_verified_does_not_count_as_verified()
    {
        await using var provider = new SimulatedDiscord { HasVerifiedAddress = false };
        await using var signedIn = await StartAsync("Discord", provider);
        Assert.Equal("false", (await SessionEndpoint.ReadAsync(signedIn))["claims"]!["email_verified"]!.ToString());
    }

    [Fact]
    public async Task A_renamed_person_keeps_the_same_subject_and_a_sign_in_without_an_email_address_succeeds()
    {
        await using var provider = new SimulatedGitHub();
        await using var signedIn = await StartAsync(
            "GitHub",
            provider,
            ("McpOidc:IdentityProvider:Scopes", "read:user"),
            ("McpOidc:IdentityProvider:CustomData:employer", "company")
        );
        var session = await SessionEndpoint.ReadAsync(signedIn);
        Assert.Null(session["claims"]!["email"]);
        Assert.Equal("@github", session["customData"]!["employer"]!.ToString());
        Assert.Contains(signedIn.System.Server.Logs.Lines, line => line.Contains("returned no e-mail address", StringComparison.Ordinal));

        provider.Login = "renamed";
        using var browser = new Browser();
        using var other = signedIn.System.CreateClient();
        Assert.Equal(Subject(signedIn.Tokens), Subject(await other.SignInAsync(browser)));
    }

    [Theory]
    [InlineData("{origin}", true)]
    [InlineData("{origin}/login/oauth", true)]
    [InlineData("https://evil.example.com", false)]
    public async Task A_callback_with_the_issuer_of_another_provider_is_refused(string issuer, bool mayEnter)
    {
        await using var provider = new SimulatedGitHub();
        await provider.StartAsync();
        provider.InCallback["iss"] = issuer.Replace("{origin}", provider.Origin, StringComparison.Ordinal);
        await using var system = await TestSystem.StartAsync(options => Configure(options, "GitHub", provider));
        Assert.Equal(mayEnter ? null : "server_error", await ErrorAsync(system));
    }

    [Fact]
    public async Task An_OAuth_provider_works_beside_an_OpenID_Connect_provider_and_each_ends_only_its_own_people()
    {
        await using var provider = new SimulatedGitHub();
        await provider.StartAsync();
        await using var system = await TestSystem.StartAsync(options =>
        {
            Set(options, "McpOidc:IdentityProvider:Providers:code", "GitHub", provider);
            options.Set("McpOidc:IdentityProvider:Providers:code:Domains:0", "code.example.com");
            options.Map = SessionEndpoint.Map;
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(browser, ("login_hint", "mona@code.example.com"));
        var tokens = await client.RedeemAsync(code);
        Assert.Equal(1, provider.UserCalls);
        Assert.Equal("mona@code.example.com", provider.Asked["login_hint"].ToString());

        provider.HasEndedThePerson = true;
        system.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Theory]
    [InlineData("AuthorizationEndpoint", null)]
    [InlineData("TokenEndpoint", null)]
    [InlineData("UserEndpoint", null)]
    [InlineData("Claims:sub", null)]
    [InlineData("UserEndpoint", "http://api.example.com/user")]
    [InlineData("EmailEndpoint", "http://api.example.com/emails")]
    public async Task A_missing_setting_or_one_without_TLS_prevents_the_start_and_the_error_names_it(string setting, string? value)
    {
        await using var provider = new SimulatedGitHub();
        await provider.StartAsync();
        var exception = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestSystem.StartAsync(options =>
            {
                Configure(options, "another", provider);
                options.Set($"McpOidc:IdentityProvider:OAuth:{setting}", value ?? "");
            })
        );
        Assert.Contains($"McpOidc:IdentityProvider:OAuth:{setting}", exception.ToString(), StringComparison.Ordinal);
    }

    private static SimulatedOAuthProvider Create(string kind) =>
        kind switch
        {
            "Discord" => new SimulatedDiscord(),
            "Slack" => new SimulatedSlack(),
            _ => new SimulatedGitHub(),
        };

    internal static async Task<SignedInSystem> StartAsync(
        string kind,
        SimulatedOAuthProvider provider,
        params (string Key, string Value)[] settings
    )
    {
        await provider.StartAsync();
        return await SignedInSystem.StartAsync(options =>
        {
            Configure(options, kind, provider);
            foreach (var (key, value) in settings)
            {
                options.Set(key, value);
            }
        });
    }

    private static void Configure(TestSystemOptions options, string kind, SimulatedOAuthProvider provider)
    {
        options.Provider = new IdentityProviderSettings("", "", null, new IdentityProviderOptions().Scopes);
        options.Map = SessionEndpoint.Map;
        Set(options, "McpOidc:IdentityProvider", kind, provider);
    }

    private static void Set(TestSystemOptions options, string section, string kind, SimulatedOAuthProvider provider)
    {
        var settings = new Dictionary<string, string>
        {
            ["ClientId"] = SimulatedOAuthProvider.ClientId,
            ["ClientSecret"] = SimulatedOAuthProvider.ClientSecret,
            ["Preset"] = kind == "another" ? "None" : kind,
        };
        foreach (var (name, path) in EndpointsOf(kind))
        {
            settings[$"OAuth:{name}"] = provider.Origin + path;
        }

        if (kind == "another")
        {
            (settings["Scopes"], settings["ClientAuthentication"]) = ("read:user user:email", "Post");
            (settings["OAuth:Claims:sub"], settings["OAuth:Claims:name"]) = ("id", "name|login");
            settings["OAuth:Claims:picture"] = "avatar_url";
        }
        else
        {
            settings["Issuer"] = provider.Origin;
        }

        foreach (var (name, value) in settings)
        {
            options.Set($"{section}:{name}", value);
        }
    }

    // GitHub's endpoints follow from its address.
    private static (string, string)[] EndpointsOf(string kind) =>
        kind switch
        {
            "GitHub" => [],
            "Discord" =>
            [
                ("AuthorizationEndpoint", "/oauth2/authorize"),
                ("TokenEndpoint", "/api/oauth2/token"),
                ("UserEndpoint", "/api/users/@me"),
            ],
            "Slack" =>
            [
                ("AuthorizationEndpoint", "/oauth/v2/authorize"),
                ("TokenEndpoint", "/api/oauth.v2.access"),
                ("UserEndpoint", "/api/auth.test"),
                ("EmailEndpoint", "/api/users.profile.get"),
            ],
            _ =>
            [
                ("AuthorizationEndpoint", "/login/oauth/authorize"),
                ("TokenEndpoint", "/login/oauth/access_token"),
                ("UserEndpoint", "/api/v3/user"),
                ("EmailEndpoint", "/api/v3/user/emails"),
            ],
        };

    private static async Task<string?> ErrorAsync(TestSystem system)
    {
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        return (await client.AuthorizeAsync(browser)).Query("error");
    }

    private static string Subject(TokenAnswer tokens) => JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString();
}
