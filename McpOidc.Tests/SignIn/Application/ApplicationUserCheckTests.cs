using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.SignIn.Application;

/// <summary>Whether a user of the application still exists, and what ends with the user (ADR 0037).</summary>
public sealed class ApplicationUserCheckTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(61);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deleted_user_or_one_with_a_new_stamp_loses_every_client_on_refresh_after_the_interval(bool isDeleted)
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var other = new Browser();
        var (second, more) = await world.SignInAsync(other);
        using (client)
        using (second)
        {
            End(world, isDeleted);
            tokens = await client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);

            world.Clock.Advance(s_interval);
            Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
            Assert.Equal("invalid_grant", (await second.RefreshAsync(more.RefreshToken)).Error);
            using var called = await second.CallAsync(world.System.McpOrigin + "/echo", more.AccessToken);
            Assert.Equal(401, (int)called.StatusCode);
        }
    }

    [Fact]
    public async Task A_grant_with_an_old_security_stamp_ends_even_if_the_user_signs_in_again_before_the_check()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (stolen, tokens) = await world.SignInAsync(browser);
        using var _ = stolen;
        End(world, isDeleted: false);
        using var fresh = new Browser();
        var (client, _) = await world.SignInAsync(fresh);
        using var disposing = client;
        Assert.Equal("invalid_grant", (await stolen.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_deleted_user_whose_cookie_is_still_valid_can_no_longer_sign_in()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        await browser.OpenAsync(world.System.Issuer + "/staff/home", _ => world.Forms > 0);
        await browser.OpenAsync(world.System.Issuer + "/staff/sign-in?ReturnUrl=/staff/home", _ => false);
        world.People.Remove("alice");
        using var client = world.System.CreateClient();
        await client.RegisterAsync();
        var result = await client.AuthorizeAsync(browser);
        Assert.True((result.Status, result.Uri.AbsolutePath) == (403, "/staff/sign-in"), $"{result.Status} {result.Uri} {result.Html}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_user_who_was_deleted_or_has_another_stamp_connects_nothing_more_with_a_browser_that_is_signed_in(bool isDeleted)
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        End(world, isDeleted);
        world.Clock.Advance(s_interval);
        var forms = world.Forms;
        using var second = world.System.CreateClient();
        await second.RegisterAsync();
        var result = await second.AuthorizeAsync(browser);
        // This application's cookie has no stamp, so the browser signs in once more.
        Assert.Equal((isDeleted ? forms + 1 : forms, isDeleted), (world.Forms, result.Query("code") is null));
        // Existing connections ended when the change was noticed.
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        if (isDeleted)
        {
            using var page = await browser.GetAsync(world.System.Issuer + "/account/tokens");
            Assert.Equal(303, (int)page.StatusCode);
        }
    }

    [Fact]
    public async Task No_person_is_signed_out_while_the_application_cannot_look_up_its_users()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        world.People.AreAway = true;
        world.Clock.Advance(s_interval);
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, tokens.Status);
        Assert.Contains(world.System.Server.Logs.Lines, line => line.Contains("[2953]", StringComparison.Ordinal));

        // Users who try to sign in now are told to come back later.
        var refused = await client.AuthorizeAsync(browser, ("prompt", "select_account"));
        refused.ExpectRedirectError(client, "temporarily_unavailable");

        world.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal("temporarily_unavailable", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_lookup_that_does_not_end_holds_up_no_refresh()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        var answer = new TaskCompletionSource();
        world.People.Answer = answer.Task;
        world.Clock.Advance(s_interval);
        tokens = await client.RefreshAsync(tokens.RefreshToken).WaitAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(200, tokens.Status);

        answer.SetResult();
        world.Clock.Advance(s_interval);
        End(world, isDeleted: true);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Signing_out_at_the_application_ends_the_grants_of_that_session_unless_a_setting_says_otherwise(bool ends)
    {
        await using var world = await ApplicationWorld.StartAsync(options =>
            options.Set("McpOidc:ApplicationSignIn:EndsWithSession", ends ? "true" : "false")
        );
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var other = new Browser();
        var (second, more) = await world.SignInAsync(other);
        using (client)
        using (second)
        {
            using var out1 = await browser.GetAsync(world.System.Issuer + "/staff/sign-out");
            Assert.Equal(200, (int)out1.StatusCode);
            Assert.Equal(ends ? 400 : 200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
            // From another session of the same user.
            Assert.Equal(200, (await second.RefreshAsync(more.RefreshToken)).Status);
            // And this browser is signed out.
            var forms = world.Forms;
            Assert.NotNull(await client.GetCodeAsync(browser));
            Assert.Equal(forms + 1, world.Forms);
        }
    }

    [Fact]
    public async Task Application_roles_give_access_to_tools_and_removing_a_role_takes_it_away_after_the_interval()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var bobs = new Browser { UserName = "bob" };
        await using var bob = await SdkClient.ConnectAsync(world.System.Resource, bobs);
        Assert.DoesNotContain("close_shop", await bob.ListAsync("tools"), StringComparison.Ordinal);

        await using var alice = await SdkClient.ConnectAsync(world.System.Resource);
        Assert.Equal("closed", await alice.CallAsync("close_shop"));
        world.People.Change("alice", user => user with { Roles = [] });
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        world.Clock.Advance(s_interval);
        await client.RefreshAsync(tokens.RefreshToken);
        Assert.DoesNotContain("close_shop", await alice.ListAsync("tools"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_is_no_longer_allowed_loses_every_client_as_with_any_provider()
    {
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            options.Set("McpOidc:IdentityProvider:Allow:0:Groups:0", "owner");
            options.Set("McpOidc:IdentityProvider:GroupsClaim", "roles");
        });
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        world.People.Change("alice", user => user with { Roles = [] });
        world.Clock.Advance(s_interval);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_scope_that_requires_a_role_is_granted_only_to_people_with_that_role()
    {
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            options.Set("McpOidc:Resources:0:Scopes:0", "shop:close");
            options.Set("McpOidc:Scopes:0:Name", "shop:close");
            options.Set("McpOidc:Scopes:0:Require:0:Claims:0:Claim", "roles");
            options.Set("McpOidc:Scopes:0:Require:0:Claims:0:Values:0", "owner");
        });
        foreach (var (name, expected) in new[] { ("alice", "openid shop:close"), ("bob", "openid") })
        {
            using var browser = new Browser { UserName = name };
            using var client = world.System.CreateClient();
            await client.RegisterAsync();
            var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid shop:close")));
            Assert.Equal(expected, tokens["scope"]);
        }
    }

    [Fact]
    public async Task Tools_that_ask_for_a_provider_token_are_told_there_is_none_and_no_person_is_sent_to_sign_in()
    {
        await using var world = await ApplicationWorld.StartAsync();
        await using var alice = await SdkClient.ConnectAsync(world.System.Resource);
        Assert.Equal("none", await alice.CallAsync("provider_token"));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => alice.CallAsync("calls_api"));
        Assert.Contains("an application that issues none", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, alice.SignIns);
    }

    [Fact]
    public async Task Clients_keep_working_without_a_user_lookup_and_startup_logs_a_warning()
    {
        await using var world = await ApplicationWorld.StartAsync(hasUsers: false);
        Assert.Contains(
            world.System.Server.Logs.Lines,
            line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("[2950]", StringComparison.Ordinal)
        );
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        world.People.Remove("alice");
        world.Clock.Advance(s_interval);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task Another_provider_next_to_the_application_can_be_chosen_on_the_page()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            options.Set("McpOidc:IdentityProvider:Providers:partners:Issuer", idp.Settings.Issuer);
            options.Set("McpOidc:IdentityProvider:Providers:partners:ClientId", idp.Settings.ClientId);
            options.Set("McpOidc:IdentityProvider:Providers:partners:ClientSecret", idp.Settings.ClientSecret!);
        });
        using var staff = new Browser();
        var (client, tokens) = await world.SignInAsync(staff);
        using var partner = new Browser { Provider = "partners" };
        var (second, others) = await world.SignInAsync(partner);
        client.Dispose();
        second.Dispose();
        Assert.Equal((200, 200, 1), (tokens.Status, others.Status, world.Forms));
    }

    private static void End(ApplicationWorld world, bool isDeleted)
    {
        if (isDeleted)
        {
            world.People.Remove("alice");
        }
        else
        {
            world.People.Change("alice", user => user with { Stamp = "two" });
        }
    }
}
