using System.ComponentModel;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Interop;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Journeys;

/// <summary>What a role grants: a restricted scope, and a tool, a prompt and a resource that require the role itself. In both modes; lists,
/// calls, step-up and the consent page, with the C# client and both TypeScript clients.</summary>
public sealed class RoleTests
{
    private const string Title = "Publish pages";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_role_gives_the_CSharp_client_access_to_its_tool_and_no_other(bool standalone)
    {
        await using var system = await StartAsync(standalone);
        await RunAsync(system, browser => ConnectAsync(system, browser));

        static async Task<IJourneyClient> ConnectAsync(TestSystem system, Browser browser) =>
            await SdkClient.ConnectAsync(system.Resource, browser);
    }

    // Version 1 cannot come back for a scope, so all scopes are requested at once (TypeScriptSdkTests).
    [NodeTheory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task A_role_gives_the_TypeScript_client_access_to_its_tool_and_no_other(int version, bool standalone)
    {
        await using var system = await StartAsync(standalone, asksForAllScopesAtOnce: version == 1);
        await RunAsync(
            system,
            browser => TypeScriptSdkClient.ConnectAsync(system.Resource, version, browser: browser),
            comesBack: version == 2
        );
    }

    [Fact]
    public async Task A_refresh_drops_a_scope_when_its_rule_no_longer_holds_and_restores_it_when_it_does_again()
    {
        await using var system = await StartAsync(standalone: false);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var code = await client.GetCodeAsync(browser, ("scope", "openid pages:read pages:write"));
        var tokens = await client.RedeemAsync(code);
        Assert.Equal("openid pages:read pages:write", tokens["scope"]);
        foreach (var (groups, expected) in new[] { ("staff", "openid pages:read"), ("editors", "openid pages:read pages:write") })
        {
            system.Idp!.SetGroups("alice", groups);
            system.Clock.Advance(TimeSpan.FromMinutes(61));
            tokens = await client.RefreshAsync(tokens.RefreshToken, ("scope", "openid pages:read pages:write"));
            Assert.Equal((200, expected), (tokens.Status, tokens["scope"]));
        }
    }

    [Fact]
    public async Task A_request_in_which_every_scope_is_forbidden_to_the_person_yields_access_denied()
    {
        await using var system = await StartAsync(standalone: false);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser { UserName = "bob" };
        Assert.Equal("access_denied", (await client.AuthorizeAsync(browser, ("scope", "pages:write"))).Query("error"));
    }

    // MCP's security best practices: the page comes before the provider. Users who may have more are asked about it afterwards.
    [Fact]
    public async Task A_restricted_scope_is_on_the_page_only_once_the_person_is_known()
    {
        await using var system = await StartAsync(standalone: false);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        foreach (var (userName, pages, scope) in new[] { ("alice", 2, "openid pages:read pages:write"), ("bob", 1, "openid pages:read") })
        {
            using var browser = new Browser { UserName = userName };
            var first = await client.OpenConsentAsync(browser, ("scope", "openid pages:read pages:write"));
            Assert.DoesNotContain(Title, first.Html, StringComparison.Ordinal);
            var code = await client.GetCodeAsync(browser, ("scope", "openid pages:read pages:write"));
            Assert.Equal(scope, (await client.RedeemAsync(code))["scope"]);
            Assert.Equal(1 + pages, browser.ConsentPages());

            // For a known user, the page shows exactly what that user may have.
            var known = await client.OpenConsentAsync(browser, ("scope", "openid pages:read pages:write"), ("prompt", "consent"));
            Assert.Equal(userName == "alice", known.Html!.Contains(Title, StringComparison.Ordinal));
        }
    }

    private static Task<TestSystem> StartAsync(bool standalone, bool asksForAllScopesAtOnce = false) =>
        TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Set("McpOidc:Registration:AskForAllScopesAtOnce:0", asksForAllScopesAtOnce ? "TypeScript SDK" : "another");
            options.Idp = idp => idp.Users[0] = idp.Users[0] with { Groups = ["editors", "staff"] };
            options.Set("McpOidc:Scopes:0:Name", "pages:write");
            options.Set("McpOidc:Scopes:0:Title", Title);
            options.Set("McpOidc:Scopes:0:Description", "Everybody sees them.");
            options.Set("McpOidc:Scopes:0:Require:0:Groups:0", "editors");
            options.Set("McpOidc:ResourceServer:RoleClaim", "groups");
            options.Mcp = builder =>
            {
                builder.Services.AddAuthorization();
                builder
                    .Services.AddMcpServer()
                    .WithTools<PageTools>()
                    .WithPrompts<PagePrompts>()
                    .WithResources<PageResources>()
                    .AddAuthorizationFilters();
            };
        });

    private static async Task RunAsync(TestSystem system, Func<Browser, Task<IJourneyClient>> connect, bool comesBack = true)
    {
        await using (var alice = await connect(new Browser()))
        {
            Assert.Contains("publish read review", await alice.ListAsync("tools"), StringComparison.Ordinal);
            Assert.Equal("critique summarize", await alice.ListAsync("prompts"));
            Assert.Equal("drafts pages", await alice.ListAsync("resources"));
            Assert.Equal("reviewed", await alice.CallAsync("review"));
            Assert.Equal(1, alice.SignIns);
            Assert.Equal("published", await alice.CallAsync("publish"));
            Assert.Equal(comesBack ? 2 : 1, alice.SignIns);
        }

        await using var bob = await connect(new Browser { UserName = "bob" });
        Assert.DoesNotContain("review", await bob.ListAsync("tools"), StringComparison.Ordinal);
        Assert.Equal("summarize", await bob.ListAsync("prompts"));
        Assert.Equal("pages", await bob.ListAsync("resources"));
        await Assert.ThrowsAnyAsync<Exception>(() => bob.CallAsync("review"));
        Assert.Equal("read", await bob.CallAsync("read"));
        await Assert.ThrowsAnyAsync<Exception>(() => bob.CallAsync("publish"));
    }
}

/// <summary>Three tools: for everyone, for a scope that a role grants, and for a role.</summary>
[McpServerToolType]
public sealed class PageTools
{
    [McpServerTool(Name = "read"), Description("Reads."), RequireScopes("pages:read")]
    public static string Read() => "read";

    [McpServerTool(Name = "publish"), Description("Publishes."), RequireScopes("pages:write")]
    public static string Publish() => "published";

    [McpServerTool(Name = "review"), Description("Reviews."), Authorize(Roles = "staff")]
    public static string Review() => "reviewed";
}

/// <summary>A prompt for everyone, and one for a role.</summary>
[McpServerPromptType]
public sealed class PagePrompts
{
    [McpServerPrompt(Name = "summarize")]
    public static string Summarize() => "Summarize the page.";

    [McpServerPrompt(Name = "critique"), Authorize(Roles = "staff")]
    public static string Critique() => "Criticize the page.";
}

/// <summary>A resource for everyone, and one for a role.</summary>
[McpServerResourceType]
public sealed class PageResources
{
    [McpServerResource(UriTemplate = "pages://all", Name = "pages")]
    public static TextResourceContents Pages() => new() { Uri = "pages://all", Text = "pages" };

    [McpServerResource(UriTemplate = "pages://drafts", Name = "drafts"), Authorize(Roles = "staff")]
    public static TextResourceContents Drafts() => new() { Uri = "pages://drafts", Text = "drafts" };
}
