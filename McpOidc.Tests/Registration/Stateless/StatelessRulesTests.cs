using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>What operators can do about stateless registrations, and what is checked at each use of one.</summary>
public sealed class StatelessRulesTests : IDisposable
{
    private const string Secret = "a-secret-of-at-least-thirty-two-characters";
    private const string Key = "a-registration-key-of-at-least-thirty-two-characters";
    private const string Another = "another-registration-key-of-thirty-two-characters";
    private const string AdminKey = "the operators' key, long enough to be one";

    private readonly TestStore _store = TestStore.Sqlite();
    private readonly int _port = Loopback.FreePort();
    private readonly Browser _browser = new();

    public void Dispose()
    {
        _browser.Dispose();
        _store.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_blocked_by_a_setting_is_refused_and_its_grants_end(bool byDigest)
    {
        var (client, tokens) = await SignInAsync();
        using var _ = client;
        var blocked = byDigest ? ClientIdDigest.Of(client.ClientId) : client.ClientId;
        await using var system = await StartAsync(("McpOidc:Registration:Blocked:0", blocked));

        await ExpectRefusedAsync(client, tokens);
        await ExpectEndedAsync(system, client, tokens);
    }

    [Fact]
    public async Task Ids_issued_before_a_given_time_are_refused_and_their_grants_end()
    {
        var (client, tokens) = await SignInAsync();
        using var _ = client;
        var later = DateTimeOffset.UtcNow.AddSeconds(5);
        await using var system = await StartAsync(("McpOidc:Registration:NotBefore", later.ToString("O")));
        system.Clock.Advance(TimeSpan.FromSeconds(10));

        await ExpectRefusedAsync(client, tokens);
        await ExpectEndedAsync(system, client, tokens);
        await client.RegisterAsync();
        Assert.NotNull((await client.AuthorizeAsync(_browser)).Query("code"));
    }

    [Fact]
    public async Task An_operator_can_block_a_client_by_its_digest_before_its_first_use()
    {
        await using var system = await StartAsync(("McpOidc:Admin:Key", AdminKey));
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var operators = new HttpClient();
        operators.DefaultRequestHeaders.Authorization = new("Bearer", AdminKey);

        using var blocked = await operators.DeleteAsync($"{system.Issuer}/admin/client?client_id={ClientIdDigest.Of(client.ClientId)}");

        Assert.Equal(204, (int)blocked.StatusCode);
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
        Assert.Equal("invalid_client", (await client.RefreshAsync("x")).Error);
        var known = await operators.GetFromJsonAsync<JsonObject>($"{system.Issuer}/admin/clients");
        var listed = Assert.Single(known!["clients"]!.AsArray());
        Assert.Equal(ClientIdDigest.Of(client.ClientId), listed!["client_id"]!.ToString());
        Assert.NotNull(listed["blocked_at"]);
    }

    [Fact]
    public async Task Ids_that_were_used_keep_working_while_unused_ones_are_refused()
    {
        var (client, tokens) = await SignInAsync();
        using var _ = client;
        await using var system = await StartAsync(("McpOidc:Registration:AcceptUnused", "false"));
        using var stock = system.CreateClient();
        await stock.RegisterAsync();

        await BrowserSteps.ExpectErrorPageAsync(stock.AuthorizeUrl());
        Assert.Equal("invalid_client", (await stock.RefreshAsync("x")).Error);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        Assert.NotNull((await client.AuthorizeAsync(_browser)).Query("code"));
    }

    [Theory]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", 400)]
    [InlineData("http://127.0.0.1:7777/callback", 303)]
    public async Task The_current_rules_apply_to_the_requested_redirect_URI(string redirectUri, int status)
    {
        const string Scheme = "com.example.app:/callback";
        await using var before = await StartAsync(("McpOidc:Registration:PrivateSchemes:4", "com.example.app:/"));
        using var client = before.CreateClient();
        await client.RegisterAsync(OAuthClient.Metadata(Scheme, "http://127.0.0.1:7777/callback"));
        client.RedirectUri = Scheme;
        Assert.Equal(303, await StatusAsync(client));
        await before.DisposeAsync();
        await using var after = await StartAsync();

        Assert.Equal(400, await StatusAsync(client));
        client.RedirectUri = redirectUri;
        Assert.Equal(status, await StatusAsync(client));
    }

    [Theory]
    [InlineData("none", "accepted", true, true)]
    [InlineData("none", "retired", true, false)]
    [InlineData("none", "dropped", true, false)]
    [InlineData("client_secret_post", "accepted", true, true)]
    [InlineData("client_secret_post", "retired", true, false)]
    [InlineData("client_secret_post", "dropped", false, false)]
    public async Task A_registration_key_is_current_accepted_or_retired_for_used_clients_only_or_dropped(
        string method,
        string becomes,
        bool usedGoesOn,
        bool unusedGoesOn
    )
    {
        var (client, tokens) = await SignInAsync(method, ("McpOidc:Registration:Keys:0", Key));
        using var _ = client;
        await using var system = await StartAsync(
            ("McpOidc:Registration:Keys:0", Another),
            becomes == "dropped"
                ? ("McpOidc:Registration:ReuseIdentical", "true")
                : (becomes == "accepted" ? "McpOidc:Registration:Keys:1" : "McpOidc:Registration:RetiredKeys:0", Key)
        );
        using var unused = system.CreateClient();
        unused.ClientId = StatelessClientIdTests
            .Ids(Key, issuer: system.Issuer)
            .Create(StatelessClientIdTests.Client(unused.RedirectUri))!
            .Client.ClientId;

        Assert.Equal(usedGoesOn ? null : "invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal(usedGoesOn ? 303 : 400, await StatusAsync(client));
        Assert.Equal(unusedGoesOn ? 303 : 400, await StatusAsync(unused));
    }

    [Theory]
    [InlineData("McpOidc:PreviousSecrets:0")]
    [InlineData("McpOidc:Registration:RetiredKeys:0")]
    public async Task Clients_keep_working_after_the_secret_is_changed_according_to_the_runbook(string setting)
    {
        var (client, tokens) = await SignInAsync("client_secret_basic");
        using var _ = client;
        await using (await StartAsync(("McpOidc:Secret", Another), ("McpOidc:PreviousSecrets:0", Secret)))
        {
            tokens = await client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }

        await using var system = await StartAsync(("McpOidc:Secret", Another), (setting, Secret));
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        Assert.NotNull((await client.AuthorizeAsync(_browser)).Query("code"));
    }

    [Fact]
    public async Task A_shared_id_is_no_longer_issued_once_it_is_blocked()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        client.RedirectUri = "https://claude.example/api/mcp/auth_callback";
        await client.SignInAsync(_browser);
        using var second = system.CreateClient();
        second.RedirectUri = client.RedirectUri;
        await second.RegisterAsync();
        Assert.Equal(client.ClientId, second.ClientId);

        await system
            .Server.Services.GetRequiredService<McpOidc.Administration.ClientAdministration>()
            .DeleteAsync(client.ClientId, CancellationToken.None);

        await second.RegisterAsync();
        Assert.NotEqual(client.ClientId, second.ClientId);
        using var again = new Browser();
        Assert.Equal(200, (await second.SignInAsync(again)).Status);
    }

    [Fact]
    public async Task Many_clients_behind_one_address_can_sign_in_again_after_the_store_is_lost()
    {
        await using var system = await StartAsync(("McpOidc:RateLimits:FailuresPerAddressPerMinute", "5"));
        using var client = system.CreateClient();
        await client.RegisterAsync();
        for (var i = 0; i < 50; i++)
        {
            var refused = await client.RefreshAsync($"lost-{i}");
            Assert.Equal((400, "invalid_grant"), (refused.Status, refused.Error));
        }

        Assert.Equal(200, (await client.SignInAsync(_browser)).Status);
        client.ClientId = "nobody";
        Assert.Equal("invalid_client", (await client.RefreshAsync("x")).Error);
    }

    [Fact]
    public async Task The_page_for_an_unknown_client_says_how_to_add_the_server_again()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        client.ClientId = "nobody-knows-this-one";

        var html = await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());

        Assert.Contains("add it again", html, StringComparison.Ordinal);
        Assert.Contains("~/.mcp-auth", html, StringComparison.Ordinal);
        await client.RegisterAsync();
        Assert.DoesNotContain(
            "~/.mcp-auth",
            await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", "https://evil.example/"))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_id_appears_neither_in_the_log_nor_in_the_audit_trail_nor_in_the_admin_API()
    {
        await using var system = await StartAsync(("McpOidc:Admin:Key", AdminKey), ("McpOidc:RateLimits:FailuresPerClientPerMinute", "1"));
        using var client = system.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        await client.RegisterAsync(metadata);
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(_browser));
        await client.RefreshAsync(tokens.RefreshToken);
        await client.RefreshAsync(tokens.RefreshToken);
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", "https://evil.example/")));
        client.ClientSecret = "wrong";
        await client.RefreshAsync("x");
        await client.RefreshAsync("x");
        using var operators = new HttpClient();
        operators.DefaultRequestHeaders.Authorization = new("Bearer", AdminKey);
        var told = new List<string>(system.Server.Logs.Lines.Where(line => line.Contains(" McpOidc", StringComparison.Ordinal)));
        foreach (var path in new[] { "clients", "grants", "audit" })
        {
            told.Add(await operators.GetStringAsync($"{system.Issuer}/admin/{path}"));
        }

        Assert.All(told, text => Assert.DoesNotContain(client.ClientId, text, StringComparison.Ordinal));
        Assert.Contains(told, text => text.Contains(ClientIdDigest.Of(client.ClientId), StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_Development_without_a_secret_the_key_is_next_to_the_store_and_not_in_it()
    {
        var directory = Path.GetDirectoryName(_store.Settings[0].Value)!;
        using var client = await DevelopAsync();
        foreach (var file in Directory.GetFiles(directory, "store.db*"))
        {
            File.Delete(file);
        }

        await using var again = await TestSystem.StartAsync(options => options.ServerPort = _port, _store);

        Assert.True(File.Exists(Path.Combine(directory, "mcpoidc.registration-key")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(directory, "mcpoidc.registration-key"))
            );
        }

        Assert.Equal(200, (await client.RedeemAsync(await client.GetCodeAsync(_browser))).Status);
    }

    private async Task<OAuthClient> DevelopAsync()
    {
        await using var system = await TestSystem.StartAsync(options => options.ServerPort = _port, _store);
        var client = system.CreateClient();
        await client.RegisterAsync();
        return client;
    }

    private Task<TestSystem> StartAsync(params (string Key, string Value)[] settings) =>
        TestSystem.StartAsync(
            options =>
            {
                options.ServerPort = _port;
                options.Set("McpOidc:Secret", Secret);
                foreach (var (key, value) in settings)
                {
                    options.Set(key, value);
                }
            },
            _store
        );

    private async Task<(OAuthClient Client, TokenAnswer Tokens)> SignInAsync(
        string method = "none",
        params (string Key, string Value)[] settings
    )
    {
        await using var system = await StartAsync(settings);
        var client = system.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = method;
        client.UsesBasic = method == "client_secret_basic";
        await client.RegisterAsync(metadata);
        return (client, await client.SignInAsync(_browser));
    }

    private static async Task<int> StatusAsync(OAuthClient client)
    {
        using var answer = await client.Http.GetAsync(client.AuthorizeUrl());
        return (int)answer.StatusCode;
    }

    private static async Task ExpectRefusedAsync(OAuthClient client, TokenAnswer tokens)
    {
        var refused = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((401, "invalid_client"), (refused.Status, refused.Error));
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
    }

    private static async Task ExpectEndedAsync(TestSystem system, OAuthClient client, TokenAnswer tokens)
    {
        var deadline = Environment.TickCount64 + 10_000;
        int status;
        do
        {
            // MCP servers learn of revocations at once; the system's clock stands still, so advancing it makes their caches expire.
            system.Clock.Advance(TimeSpan.FromSeconds(2));
            using var call = await client.CallAsync($"{system.McpOrigin}/echo", tokens.AccessToken);
            status = (int)call.StatusCode;
        } while (status != 401 && Environment.TickCount64 < deadline);

        Assert.Equal(401, status);
    }
}
