using System.Diagnostics;
using McpOidc.Tests.Account;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;

namespace McpOidc.Tests.Token.PersonalAccessTokens;

/// <summary>A user creates a personal access token, and a program uses it (security cases P01 to P08).</summary>
public sealed class PersonalTokenTests : IAsyncDisposable
{
    private const string Group = "McpOidc:IdentityProvider:Allow:0:Groups:0";
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(61);
    private readonly Browser _browser = new();
    private TestSystem _system = null!;

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_gives_access_to_the_server_only_for_its_person_and_with_its_scopes(bool standalone)
    {
        await StartAsync(standalone);
        var token = await TokenPage.MakeAsync(_system, _browser, "files:read");

        using var client = _system.CreateClient();
        using var echo = await client.CallAsync(_system.McpOrigin + "/echo", token);
        using var own = _system.CreateClient();
        var subject = JwtReader.Payload((await own.SignInAsync(_browser)).AccessToken)["sub"]!.ToString();
        Assert.Equal(200, (int)echo.StatusCode);
        Assert.Equal(subject, await echo.Content.ReadAsStringAsync());
        Assert.Equal(403, await StatusAsync(token, "/scoped"));

        await using var transport = new HttpClientTransport(
            new HttpClientTransportOptions
            {
                Endpoint = new Uri(_system.Resource),
                AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + token },
            }
        );
        await using var sdk = await McpClient.CreateAsync(transport);
        Assert.NotEqual(true, (await sdk.CallToolAsync("read_file")).IsError);
    }

    [Fact]
    public async Task A_token_is_shown_once_and_the_list_of_installations_has_its_name_and_expiration()
    {
        await StartAsync();
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync();
        var sent = page.Fields;
        var token = await page.SendAsync("nightly build");
        Assert.NotNull(token);

        // The browser submits the form again: a reload or a double click.
        page.Fields.Clear();
        foreach (var (name, value) in sent)
        {
            page.Fields[name] = value;
        }

        Assert.Null(await page.SendAsync("nightly build"));
        Assert.Equal(200, page.Status);
        Assert.Contains("was already created", page.Html, StringComparison.Ordinal);

        var account = await ShownAccount.OpenAsync(_system, _browser);
        Assert.Contains("nightly build", Assert.Single(account.Cards), StringComparison.Ordinal);
        Assert.Contains("Personal access token until", account.Cards[0], StringComparison.Ordinal);
        Assert.DoesNotContain(token, account.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(_system.Server.Logs.Lines, line => line.Contains(token, StringComparison.Ordinal));
        Assert.DoesNotContain(_system.Server.Logs.Lines, line => line.Contains("nightly build", StringComparison.Ordinal));
        Assert.Contains(_system.Server.Logs.Lines, line => line.Contains("personal_token.made", StringComparison.Ordinal));
    }

    // P03
    [Theory]
    [InlineData("account")]
    [InlineData("holder")]
    [InlineData("everywhere")]
    public async Task A_revoked_token_is_refused_by_a_running_server_within_two_seconds(string by)
    {
        await StartAsync(standalone: true);
        var token = await TokenPage.MakeAsync(_system, _browser);
        Assert.Equal(200, await StatusAsync(token));

        if (by == "holder")
        {
            // Without a client: anyone who finds the token may revoke it.
            using var http = new HttpClient();
            using var answer = await http.PostAsync(
                _system.Issuer + "/token/revocation",
                new FormUrlEncodedContent([KeyValuePair.Create("token", token)])
            );
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.True(answer.Headers.CacheControl?.NoStore);
        }
        else
        {
            var account = await ShownAccount.OpenAsync(_system, _browser);
            await account.PressAsync(_browser, by == "everywhere" ? by : Assert.Single(account.Ids));
        }

        var watch = Stopwatch.StartNew();
        for (var sent = watch.Elapsed; await StatusAsync(token) != 401; sent = watch.Elapsed)
        {
            Assert.True(sent < TimeSpan.FromSeconds(2), $"Still accepted after {sent}.");
        }

        Assert.Contains(
            _system.Server.Logs.Lines,
            line =>
                line.Contains("grant.revoked", StringComparison.Ordinal)
                && line.Contains(by == "holder" ? "by holder" : "by user", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_recently_seen_token_is_checked_again_once_its_check_interval_is_over()
    {
        await StartAsync(
            standalone: false,
            options =>
            {
                options.Set(Group, "staff");
                options.Set("McpOidc:IdentityProvider:UserCheckInterval", "00:05:00");
            }
        );
        var token = await TokenPage.MakeAsync(_system, _browser);
        _system.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(5));
        Assert.Equal(200, await StatusAsync(token));

        _system.Idp!.SetGroups("alice", "engineering");
        _system.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(401, await StatusAsync(token));
    }

    // P02
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_token_of_a_person_who_lost_access_is_refused_permanently_after_the_check_interval(bool standalone)
    {
        await StartAsync(standalone, options => options.Set(Group, "staff"));
        var token = await TokenPage.MakeAsync(_system, _browser);
        Assert.Equal(200, await StatusAsync(token));
        _system.Clock.Advance(s_interval);
        Assert.Equal(200, await StatusAsync(token));

        _system.Idp!.SetGroups("alice", "engineering");
        _system.Clock.Advance(s_interval);
        Assert.Equal(401, await StatusAsync(token));

        _system.Idp!.SetGroups("alice", "staff");
        _system.Clock.Advance(s_interval);
        Assert.Equal(401, await StatusAsync(token));
    }

    [Fact]
    public async Task A_scope_that_the_person_may_no_longer_have_is_removed_at_the_next_check()
    {
        await StartAsync(
            standalone: true,
            options =>
            {
                options.Set("McpOidc:Scopes:0:Name", "files:write");
                options.Set("McpOidc:Scopes:0:Require:0:Groups:0", "staff");
            }
        );
        var token = await TokenPage.MakeAsync(_system, _browser, "files:write", "files:read");
        Assert.Equal(200, await StatusAsync(token, "/scoped"));

        _system.Idp!.SetGroups("alice", "engineering");
        _system.Clock.Advance(s_interval);
        Assert.Equal(403, await StatusAsync(token, "/scoped"));
        Assert.Equal(200, await StatusAsync(token));
    }

    [Fact]
    public async Task A_person_is_offered_only_permitted_scopes_and_cannot_add_others_to_the_form()
    {
        await StartAsync(configure: options =>
        {
            options.Set("McpOidc:Scopes:0:Name", "files:write");
            options.Set("McpOidc:Scopes:0:Require:0:Groups:0", "nobody");
        });
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync();
        Assert.Equal(["files:read"], page.Offered);

        var token = await page.SendAsync("greedy", ["files:write", "admin", "openid"]);
        Assert.Equal(403, await StatusAsync(token!, "/scoped"));
        Assert.Equal(200, await StatusAsync(token!));
    }

    // P04
    [Fact]
    public async Task A_token_for_another_resource_is_refused()
    {
        await StartAsync(configure: options => options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp"));
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync("https://other.example/mcp");
        var token = await page.SendAsync("for another");
        Assert.NotNull(token);

        Assert.Equal(401, await StatusAsync(token));
    }

    [Fact]
    public async Task A_token_is_valid_until_its_expiration_even_if_it_was_never_used()
    {
        // Like most providers, the demo provider ends a session left unused this long.
        await StartAsync(standalone: true, options => options.Set("McpOidc:IdentityProvider:UserLiveness", "Never"));
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync();
        var token = (await page.SendAsync("yearly", days: 365))!;

        _system.Clock.Advance(TimeSpan.FromDays(364));
        Assert.Equal(200, await StatusAsync(token));
        _system.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(401, await StatusAsync(token));
    }

    // P05
    [Theory]
    [InlineData("mcpoidc_pat_")]
    [InlineData("mcpoidc_pat_00000000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("another's")]
    public async Task A_string_that_is_not_a_token_of_this_server_is_refused(string kind)
    {
        await StartAsync();
        var real = await TokenPage.MakeAsync(_system, _browser);
        // The right grant and a valid checksum, but another secret.
        var made =
            kind == "another's"
                ? McpOidc.Token.PersonalAccessToken.Create(McpOidc.Token.PersonalAccessToken.Read(real)!.GrantId).Value
                : kind;

        Assert.Equal(401, await StatusAsync(made));
        Assert.Equal(200, await StatusAsync(real));
    }

    // P06
    [Fact]
    public async Task A_form_that_this_page_did_not_create_creates_no_token()
    {
        await StartAsync();
        using var elsewhere = new Browser { UserName = "bob" };
        var other = new TokenPage(_system, elsewhere);
        await other.OpenAsync();
        foreach (
            Action<Dictionary<string, string>> change in new Action<Dictionary<string, string>>[]
            {
                fields => fields["token"] = "",
                fields => fields["token"] = other.Fields["token"],
                fields => fields["form"] = "another",
                fields => fields["resource"] = "https://nowhere.example/mcp",
            }
        )
        {
            var page = new TokenPage(_system, _browser);
            await page.OpenAsync();
            Assert.Null(await page.SendAsync("forged", change: change));
            Assert.Equal(400, page.Status);
        }

        var foreign = new TokenPage(_system, _browser);
        await foreign.OpenAsync();
        Assert.Null(await foreign.SendAsync("forged", request: FromElsewhere));
    }

    [Theory]
    [InlineData("", 30)]
    [InlineData("\u200b", 30)]
    [InlineData("name", 3650)]
    [InlineData("name", 0)]
    public async Task The_form_is_shown_again_without_a_name_or_an_expiry_within_a_year(string name, int days)
    {
        await StartAsync();
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync();

        Assert.Null(await page.SendAsync(name, days: days));
        Assert.Equal(400, page.Status);
        Assert.Contains("role=\"alert\"", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_has_at_most_the_configured_number_of_tokens_and_revoking_one_makes_room()
    {
        await StartAsync(configure: options => options.Set("McpOidc:PersonalAccessTokens:MaximumPerUser", "1"));
        var first = await TokenPage.MakeAsync(_system, _browser);
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync();
        Assert.Null(await page.SendAsync("second"));
        Assert.Contains("the maximum number of tokens (1)", page.Html, StringComparison.Ordinal);

        using var client = _system.CreateClient();
        await client.PostAsync("/token/revocation", [("token", first), ("client_id", null)]);
        Assert.NotNull(await TokenPage.MakeAsync(_system, _browser));
    }

    // P07
    [Fact]
    public async Task A_person_who_signed_in_long_ago_must_sign_in_again_before_a_token_is_created()
    {
        await StartAsync();
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync();
        _system.Clock.Advance(s_interval);

        Assert.Null(await page.SendAsync("late"));
        Assert.Equal(303, page.Status);
        await page.OpenAsync();
        Assert.Contains(_browser.Visited, url => url.StartsWith(_system.Idp!.Issuer, StringComparison.Ordinal));
        Assert.NotNull(await page.SendAsync("in time"));
    }

    [Fact]
    public async Task Turning_tokens_off_removes_the_page_and_existing_tokens_end_at_their_next_check()
    {
        TestSystemOptions? started = null;
        await StartAsync(standalone: true, options => started = options);
        var token = await TokenPage.MakeAsync(_system, _browser);
        started!.Set("McpOidc:PersonalAccessTokens:Enabled", "false");
        await _system.RestartAsync();

        using var page = await _browser.GetAsync(_system.Issuer + "/account/tokens");
        Assert.Equal(404, (int)page.StatusCode);
        Assert.DoesNotContain("/account/tokens", (await ShownAccount.OpenAsync(_system, _browser)).Html, StringComparison.Ordinal);
        _system.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(401, await StatusAsync(token));
    }

    private static void FromElsewhere(HttpRequestMessage request)
    {
        request.Headers.Remove("Origin");
        request.Headers.Add("Origin", "https://evil.example");
    }

    private async Task StartAsync(bool standalone = false, Action<TestSystemOptions>? configure = null) =>
        _system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
            configure?.Invoke(options);
        });

    private async Task<int> StatusAsync(string token, string path = "/echo")
    {
        using var client = _system.CreateClient();
        using var response = await client.CallAsync(_system.McpOrigin + path, token, path == "/echo" ? HttpMethod.Post : HttpMethod.Get);
        return (int)response.StatusCode;
    }
}
