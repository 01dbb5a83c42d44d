using System.Text.Json.Nodes;
using McpOidc.Registration;
using McpOidc.SignIn;
using McpOidc.Tests.Federation.Simulators;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.SignIn;

/// <summary>Who may sign in: checked at sign-in and while signed in, and what refused users see (security cases C41 to C45).</summary>
public sealed class SignInRuleTests
{
    private const string Group = "McpOidc:IdentityProvider:Allow:0:Groups:0";
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(61);
    private readonly LogSink _log = new();

    [Fact]
    public async Task Alice_signs_in_through_her_group_and_Bob_sees_that_his_account_may_not_sign_in()
    {
        await using var signedIn = await StartAsync(options => options.Set(Group, "staff"));
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));

        using var bob = new Browser { UserName = "bob" };
        var page = await signedIn.Client.AuthorizeAsync(bob);
        Assert.Equal((403, "/oauth/refused"), (page.Status, page.Uri.AbsolutePath));
        Assert.Contains("bob@example.com", page.Html, StringComparison.Ordinal);
        Assert.Contains("Use another account", page.Html, StringComparison.Ordinal);
        Assert.Matches("reference.*<code>[A-Za-z0-9_-]{10}</code>", page.Html!.ReplaceLineEndings(" "));
        Assert.Contains(
            _log.Lines,
            line => line.Contains("sign_in.refused", StringComparison.Ordinal) && line.Contains("rule Allow,", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(_log.Lines, line => line.Contains("bob@example.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_person_who_may_not_sign_in_can_go_back_and_the_client_gets_access_denied()
    {
        await using var signedIn = await StartAsync(options => options.Set(Group, "staff"));
        using var bob = new Browser { UserName = "bob" };
        var page = await signedIn.Client.AuthorizeAsync(bob, ("state", "state-1"));
        var (action, fields) = bob.ReadForm(page.Html!, page.Uri)!.Value;
        fields["decision"] = "back";
        using var answer = await bob.PostAsync(action, fields);
        var end = await bob.OpenAsync(new Uri(action, answer.Headers.Location!).AbsoluteUri, signedIn.Client.IsRedirectUri);
        end.ExpectRedirectError(signedIn.Client, "access_denied");
    }

    [Fact]
    public async Task A_person_who_has_another_account_can_sign_in_with_it()
    {
        await using var signedIn = await StartAsync(options => options.Set(Group, "staff"));
        using var browser = new Browser { UserName = "bob" };
        var page = await signedIn.Client.AuthorizeAsync(browser);
        var (action, fields) = browser.ReadForm(page.Html!, page.Uri)!.Value;
        fields["decision"] = "another";
        browser.UserName = "alice";
        using var answer = await browser.PostAsync(action, fields);
        Assert.Contains("prompt=login", answer.Headers.Location!.Query, StringComparison.Ordinal);
        var end = await browser.OpenAsync(answer.Headers.Location!.AbsoluteUri, signedIn.Client.IsRedirectUri);
        Assert.Equal(200, (await signedIn.Client.RedeemAsync(end.Query("code")!)).Status);
    }

    [Theory]
    [InlineData("Auto")]
    [InlineData("Never")]
    [InlineData("Always")]
    public async Task A_person_removed_from_the_group_loses_all_access_at_the_first_refresh_after_the_interval(string liveness)
    {
        await using var signedIn = await StartAsync(options =>
        {
            options.Set(Group, "staff");
            options.Set("McpOidc:IdentityProvider:UserLiveness", liveness);
        });
        var (other, tokens) = await signedIn.SignInAgainAsync();
        using var _ = other;
        signedIn.System.Idp!.SetGroups("alice", "engineering");
        signedIn.System.Clock.Advance(s_interval);
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Error);
        Assert.Equal("invalid_grant", (await other.RefreshAsync(tokens.RefreshToken)).Error);

        // The browser is signed out too, and signing in again does not help.
        Assert.Equal(403, (await signedIn.Client.AuthorizeAsync(signedIn.Browser)).Status);
        signedIn.System.Idp.SetGroups("alice", "staff");
        Assert.Equal(200, (await signedIn.Client.SignInAsync(signedIn.Browser)).Status);
    }

    [Fact]
    public async Task A_person_who_is_still_in_the_group_stays_signed_in_regardless_of_other_changes()
    {
        await using var signedIn = await StartAsync(options => options.Set(Group, "staff"));
        signedIn.System.Idp!.SetGroups("alice", "staff");
        var tokens = signedIn.Tokens;
        for (var round = 0; round < 3; round++)
        {
            signedIn.System.Clock.Advance(s_interval);
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }
    }

    // Google, Keycloak and Entra ID, by an id_token at the refresh or by userinfo.
    [Theory]
    [InlineData("Google", false)]
    [InlineData("Google", true)]
    [InlineData("Keycloak", false)]
    [InlineData("Keycloak", true)]
    [InlineData("EntraId", false)]
    [InlineData("EntraId", true)]
    public async Task A_provider_reveals_at_a_refresh_that_a_person_lost_the_required_claim(string preset, bool byUserInfo)
    {
        var (said, taken, rule, value) = preset switch
        {
            "Google" => ("""{"hd":"example.com"}""", """{"hd":"other.com"}""", "hd", "example.com"),
            "Keycloak" => ("""{"realm_access":{"roles":["mcp"]}}""", "{}", "realm_access.roles", "mcp"),
            _ => ("""{"roles":["Mcp.User"]}""", "{}", "roles", "Mcp.User"),
        };
        await using SimulatedProvider provider = preset switch
        {
            "Google" => new SimulatedGoogle(),
            "Keycloak" => new SimulatedKeycloak(),
            _ => new SimulatedEntraId(),
        };
        provider.Said = JsonNode.Parse(said)!.AsObject();
        await provider.StartAsync();
        await using var signedIn = await StartAsync(options =>
        {
            provider.Clock = options.Clock;
            options.Provider = new(provider.ConfiguredIssuer, SimulatedProvider.ClientId, SimulatedProvider.ClientSecret, "openid");
            options.Set("McpOidc:IdentityProvider:Preset", preset);
            options.Set("McpOidc:IdentityProvider:ClientAuthentication", "Post");
            options.Set("McpOidc:IdentityProvider:Allow:0:Claims:0:Claim", rule);
            options.Set("McpOidc:IdentityProvider:Allow:0:Claims:0:Values:0", value);
        });
        provider.OmitsIdTokenAtRefresh = byUserInfo;
        signedIn.System.Clock.Advance(s_interval);
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal((200, byUserInfo ? 1 : 0), (tokens.Status, provider.UserInfoRequests));
        provider.Said = JsonNode.Parse(taken)!.AsObject();
        signedIn.System.Clock.Advance(s_interval);
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal(403, (await signedIn.Client.AuthorizeAsync(signedIn.Browser)).Status);
    }

    [Fact]
    public async Task Groups_omitted_by_Entra_ID_are_mentioned_in_the_log_and_on_the_page()
    {
        await using var provider = new SimulatedEntraId { Said = JsonNode.Parse("""{"_claim_names":{"groups":"src1"}}""")!.AsObject() };
        await provider.StartAsync();
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = new(provider.ConfiguredIssuer, SimulatedProvider.ClientId, SimulatedProvider.ClientSecret, "openid");
            options.Set("McpOidc:IdentityProvider:Preset", "EntraId");
            options.Set("McpOidc:IdentityProvider:ClientAuthentication", "Post");
            options.Set("McpOidc:IdentityProvider:Deny:0:Groups:0", "7f0c9a53");
            Listen(options);
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var page = await client.AuthorizeAsync(browser);
        Assert.Equal(403, page.Status);
        Assert.Contains("left out <code>groups</code>", page.Html, StringComparison.Ordinal);
        Assert.Contains(_log.Lines, line => line.Contains("overage", StringComparison.Ordinal));
    }

    // Without a refresh token the claims cannot be updated: they count for a day, and then the user signs in again.
    [Fact]
    public async Task Claims_that_cannot_be_refreshed_are_valid_for_ClaimsLifetime_and_then_the_person_signs_in_again()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.Claims = claims => claims["groups"] = new JsonArray("staff");
        idp.TokenAnswer = answer => answer.Remove("refresh_token");
        await using var signedIn = await StartAsync(options =>
        {
            idp.Clock = options.Clock;
            options.Provider = idp.Settings;
            options.Set(Group, "staff");
        });
        signedIn.System.Clock.Advance(TimeSpan.FromHours(23));
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal(200, tokens.Status);
        signedIn.System.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
        tokens = await signedIn.Client.SignInAsync(signedIn.Browser);
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task An_unreachable_provider_does_not_sign_out_people_admitted_by_rules()
    {
        await using var signedIn = await StartAsync(options => options.Set(Group, "staff"));
        signedIn.System.Idp!.Faults.FailRefresh(503, null, times: 100);
        var tokens = signedIn.Tokens;
        for (var day = 0; day < 6; day++)
        {
            signedIn.System.Clock.Advance(TimeSpan.FromDays(1));
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }

        signedIn.System.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal("temporarily_unavailable", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_policy_in_code_can_refuse_one_client_and_give_another_fewer_scopes()
    {
        var decision = SignInDecision.Allow;
        SignInPolicyRequest? asked = null;
        await using var signedIn = await StartAsync(options =>
            options.Server = server =>
                server.AddSignInPolicy(request =>
                {
                    asked = request;
                    return decision;
                })
        );
        Assert.Equal((ClientIdDigest.Of(signedIn.Client.ClientId), signedIn.System.Resource), (asked!.ClientId, asked.Resource));
        Assert.Equal("alice@example.com", asked.Claims["email"]!.ToString());

        decision = SignInDecision.AllowOnly("openid", "admin");
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal("openid", tokens["scope"]);
        decision = SignInDecision.Deny("because of the moon");
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Contains(_log.Lines, line => line.Contains("policy: because of the moon", StringComparison.Ordinal));
        Assert.Equal(403, (await signedIn.Client.AuthorizeAsync(signedIn.Browser)).Status);
        Assert.Equal("access_denied", (await signedIn.Client.AuthorizeAsync(signedIn.Browser, ("prompt", "none"))).Query("error"));
    }

    // The provider is asked once for all of them.
    [Fact]
    public async Task Clients_that_refresh_in_parallel_are_judged_by_the_current_claims_of_the_provider()
    {
        var seen = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using var signedIn = await StartAsync(options =>
        {
            options.Server = server =>
                server.AddSignInPolicy(request =>
                {
                    seen.Add(request.Claims["groups"]?.ToJsonString() ?? "");
                    return SignInDecision.Allow;
                });
        });
        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => signedIn.SignInAgainAsync()));
        signedIn.System.Idp!.SetGroups("alice", "night-shift");
        signedIn.System.Idp.Faults.RefreshDelay = TimeSpan.FromMilliseconds(300);
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        seen.Clear();
        var before = signedIn.System.Idp.Statistics.RefreshRequests;

        var answers = await Task.WhenAll(others.Select(other => other.Client.RefreshAsync(other.Tokens.RefreshToken)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(before + 1, signedIn.System.Idp.Statistics.RefreshRequests);
        Assert.Equal(others.Length, seen.Count);
        Assert.All(seen, groups => Assert.Contains("night-shift", groups, StringComparison.Ordinal));
        Array.ForEach(others, other => other.Client.Dispose());
    }

    private Task<SignedInSystem> StartAsync(Action<TestSystemOptions> configure) =>
        SignedInSystem.StartAsync(options =>
        {
            configure(options);
            Listen(options);
        });

    private void Listen(TestSystemOptions options)
    {
        var server = options.Server;
        options.Server = builder =>
        {
            builder.Services.AddLogging(logging => logging.AddProvider(_log));
            server?.Invoke(builder);
        };
    }
}
