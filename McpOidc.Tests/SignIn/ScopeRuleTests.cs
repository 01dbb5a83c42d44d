using McpOidc.SignIn;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Protection;
using McpOidc.Tests.Token.PersonalAccessTokens;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.SignIn;

/// <summary>Scopes that rules withhold from a user: wherever they are requested, and however the user is known.</summary>
public sealed class ScopeRuleTests
{
    private const string Website = "https://app.example/cb";

    [Theory]
    [InlineData(OAuthClient.DefaultRedirectUri, false, false)]
    [InlineData(OAuthClient.DefaultRedirectUri, true, false)]
    [InlineData(Website, false, false)]
    [InlineData(Website, true, false)]
    [InlineData(Website, true, true)]
    public async Task A_person_who_may_have_none_of_the_requested_scopes_gets_no_code(string redirectUri, bool isKnown, bool isPushed)
    {
        await using var system = await StartAsync();
        using var browser = new Browser();
        using var client = await RegisteredAsync(system, redirectUri);
        if (isKnown)
        {
            Assert.Equal("openid", (await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid files:read"))))["scope"]);
        }

        (string, string?)[] asked = [("scope", "files:read")];
        if (isPushed)
        {
            var pushed = await client.PostAsync("/request", [.. Parameters(client), .. asked]);
            Assert.Equal(201, pushed.Status);
            asked = [("request_uri", pushed["request_uri"]), .. Parameters(client).Select(name => (name.Name, (string?)null))];
        }

        var end = await client.AuthorizeAsync(browser, asked);
        Assert.Null(end.Query("code"));
        Assert.Equal("access_denied", end.Query("error"));
        if (isKnown)
        {
            Assert.DoesNotContain(browser.Visited.TakeLast(2), url => url.Contains("/oauth/consent", StringComparison.Ordinal));
            end = await client.AuthorizeAsync(browser, ("scope", "files:read"), ("prompt", "none"));
            Assert.Equal("access_denied", end.Query("error"));
        }
    }

    [Fact]
    public async Task A_policy_that_leaves_no_scope_gives_no_code_whether_the_person_is_signed_in_or_not()
    {
        var decision = SignInDecision.AllowOnly();
        await using var system = await StartAsync(options => options.Server = server => server.AddSignInPolicy(_ => decision));
        using var browser = new Browser();
        using var client = await RegisteredAsync(system, Website);
        Assert.Equal("access_denied", (await client.AuthorizeAsync(browser)).Query("error"));
        Assert.Equal("access_denied", (await client.AuthorizeAsync(browser)).Query("error"));
        decision = SignInDecision.Allow;
        Assert.NotNull((await client.AuthorizeAsync(browser)).Query("code"));
    }

    [Fact]
    public async Task A_policy_that_leaves_no_scope_makes_no_personal_token_and_ends_those_that_there_are()
    {
        var decision = SignInDecision.Allow;
        await using var system = await StartAsync(options => options.Server = server => server.AddSignInPolicy(_ => decision));
        using var browser = new Browser();
        var token = await TokenPage.MakeAsync(system, browser);
        using var client = system.CreateClient();
        using var first = await client.CallAsync(system.McpOrigin + "/echo", token);
        Assert.Equal(200, (int)first.StatusCode);

        decision = SignInDecision.AllowOnly();
        var page = new TokenPage(system, browser);
        await page.OpenAsync();
        Assert.Equal(403, page.Status);
        system.Clock.Advance(TimeSpan.FromMinutes(20));
        using var last = await client.CallAsync(system.McpOrigin + "/echo", token);
        Assert.Equal(401, (int)last.StatusCode);

        // A policy that names only what the user may have removes nothing from it.
        decision = SignInDecision.AllowOnly("files:write");
        await page.OpenAsync();
        Assert.Equal(["files:write"], page.Offered);
    }

    [Fact]
    public async Task A_policy_that_throws_issues_nothing_and_uses_nothing_up()
    {
        var isBroken = false;
        await using var signedIn = await SignedInSystem.StartAsync(options =>
            options.Server = server =>
                server.AddSignInPolicy(_ => isBroken ? throw new TimeoutException("The directory is away.") : SignInDecision.Allow)
        );
        isBroken = true;
        var refused = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal((500, "server_error"), (refused.Status, refused.Error));
        Assert.Equal(500, (await signedIn.Client.AuthorizeAsync(signedIn.Browser)).Status);
        isBroken = false;
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        Assert.Equal(200, (await signedIn.Client.SignInAsync(signedIn.Browser)).Status);
    }

    private static (string Name, string? Value)[] Parameters(OAuthClient client) =>
        [
            ("response_type", "code"),
            ("redirect_uri", client.RedirectUri),
            ("code_challenge", client.Challenge),
            ("code_challenge_method", "S256"),
            ("resource", client.Resource),
            ("state", "state-1"),
            ("scope", "openid"),
        ];

    private static async Task<OAuthClient> RegisteredAsync(TestSystem system, string redirectUri)
    {
        var client = system.CreateClient();
        client.RedirectUri = redirectUri;
        await client.RegisterAsync();
        return client;
    }

    private static Task<TestSystem> StartAsync(Action<TestSystemOptions>? configure = null) =>
        TestSystem.StartAsync(options =>
        {
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
            options.Set("McpOidc:Scopes:0:Name", "files:read");
            options.Set("McpOidc:Scopes:0:Require:0:Groups:0", "night-shift");
            configure?.Invoke(options);
        });
}
