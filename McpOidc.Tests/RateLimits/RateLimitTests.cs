using System.Net.Http.Json;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.RateLimits;

/// <summary>What is limited and by what, and what is not (H18, E10, users-ask-for case 18).</summary>
public sealed class RateLimitTests
{
    private const string Attacker = "203.0.113.7";
    private const string Claude = "160.79.104.10";

    [Fact]
    public async Task Wrong_secrets_for_one_client_from_one_address_are_blocked_and_other_callers_are_not()
    {
        await using var system = await StartAsync("FailuresPerClientPerMinute", 3);
        using var owner = From(system, "198.51.100.1");
        await owner.RegisterAsync(Confidential());
        using var guesser = From(system, Attacker, owner.ClientId);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("invalid_client", (await GuessSecretAsync(guesser)).Error);
        }

        var refused = await GuessSecretAsync(guesser);
        AssertTooMany(refused);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        guesser.ClientSecret = owner.ClientSecret;
        AssertTooMany(await guesser.RefreshAsync("whatever"));
        Assert.Equal("invalid_grant", (await owner.RefreshAsync("whatever")).Error);

        system.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("invalid_grant", (await guesser.RefreshAsync("whatever")).Error);
    }

    [Fact]
    public async Task Guesses_are_blocked_by_address_and_holders_of_a_valid_token_behind_it_are_still_served()
    {
        await using var system = await StartAsync("FailuresPerAddressPerMinute", 3);
        using var client = From(system, Attacker);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("invalid_grant", (await client.RedeemAsync("guess-" + i)).Error);
        }

        AssertTooMany(await client.RedeemAsync("guess-4"));
        AssertTooMany(await client.RedeemAsync("guess-5"));
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        using var elsewhere = From(system, "198.51.100.1", client.ClientId);
        Assert.Equal("invalid_grant", (await elsewhere.RedeemAsync("guess-6")).Error);
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    public async Task An_IPv6_address_is_counted_by_its_first_64_bits(string first, string second, bool together)
    {
        await using var system = await StartAsync("FailuresPerAddressPerMinute", 1);
        using var client = From(system, first);
        await client.RegisterAsync();
        Assert.Equal("invalid_grant", (await client.RedeemAsync("guess")).Error);

        using var other = From(system, second, client.ClientId);
        Assert.Equal(together ? 429 : 400, (await other.RedeemAsync("guess")).Status);
    }

    [Fact]
    public async Task A_grant_used_too_often_is_throttled_and_loses_nothing()
    {
        await using var system = await StartAsync("RequestsPerGrantPerMinute", 3);
        using var client = From(system, Claude);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        var refused = await client.RefreshAsync(tokens.RefreshToken);
        AssertTooMany(refused);
        Assert.NotNull(refused.Headers.RetryAfter);
        const string Audited = "limit.reached: limit RequestsPerGrantPerMinute, client ";
        Assert.Single(system.Server.Logs.Lines, line => line.Contains(Audited, StringComparison.Ordinal));

        using var other = From(system, Claude, client.ClientId);
        Assert.Equal(200, (await other.RedeemAsync(await other.GetCodeAsync(browser))).Status);
        system.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_person_is_limited_across_all_grants_and_sees_an_error_page_and_other_people_are_not_affected()
    {
        // One code issued and one redeemed per sign-in.
        await using var system = await StartAsync("RequestsPerUserPerMinute", 4);
        using var client = From(system, Claude);
        using var browser = new Browser();
        await client.SignInAsync(browser);
        var tokens = await client.SignInAsync(browser);
        AssertTooMany(await client.RefreshAsync(tokens.RefreshToken));

        var page = await client.AuthorizeAsync(browser);
        Assert.Equal(429, page.Status);
        Assert.Contains("Reference:", page.Html, StringComparison.Ordinal);
        using var bob = new Browser { UserName = "bob" };
        Assert.Equal(200, (await client.SignInAsync(bob)).Status);
    }

    [Fact]
    public async Task A_client_is_limited_by_its_own_grants_and_not_by_requests_that_others_make_in_its_name()
    {
        await using var system = await StartAsync("RequestsPerClientPerMinute", 2);
        using var client = From(system, Claude);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("invalid_grant", (await client.RedeemAsync("guess")).Error);
        }

        tokens = await client.RefreshAsync(tokens.RefreshToken);
        AssertTooMany(await client.RefreshAsync(tokens.RefreshToken));
        using var other = From(system, Claude);
        Assert.Equal(200, (await other.SignInAsync(browser)).Status);
    }

    [Fact]
    public async Task Too_many_sign_ins_from_one_address_lead_to_a_page_that_says_when_to_retry()
    {
        await using var system = await StartAsync("AuthorizationsPerAddressPerMinute", 2);
        using var client = From(system, Attacker);
        await client.RegisterAsync();
        for (var i = 0; i < 2; i++)
        {
            using var begun = await client.Http.GetAsync(client.AuthorizeUrl());
            Assert.Equal(303, (int)begun.StatusCode);
        }

        using var refused = await client.Http.GetAsync(client.AuthorizeUrl());
        await refused.ExpectErrorPageAsync(429);
        Assert.NotNull(refused.Headers.RetryAfter);
        AssertTooMany(await client.PostAsync("/request", [("response_type", "code")]));
        using var elsewhere = From(system, "198.51.100.1", client.ClientId);
        using var free = await elsewhere.Http.GetAsync(elsewhere.AuthorizeUrl());
        Assert.Equal(303, (int)free.StatusCode);
    }

    // E10
    [Fact]
    public async Task Registrations_are_limited_by_address_and_known_ones_are_still_served()
    {
        await using var system = await StartAsync("RegistrationsPerAddressPerHour", 2);
        using var client = From(system, Attacker);
        client.RedirectUri = "https://app.example/callback";
        using var browser = new Browser();
        await client.SignInAsync(browser);
        await client.RegisterAsync(OAuthClient.Metadata("https://one.example/cb"));

        using var refused = await client.Http.PostAsJsonAsync(system.Issuer + "/register", OAuthClient.Metadata("https://two.example/cb"));
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("temporarily_unavailable", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await client.RegisterAsync();

        using var elsewhere = From(system, "198.51.100.1");
        await elsewhere.RegisterAsync();
        system.Clock.Advance(TimeSpan.FromHours(1));
        await client.RegisterAsync(OAuthClient.Metadata("https://two.example/cb"));
    }

    [Fact]
    public async Task Stored_registrations_have_a_limit_across_all_addresses_and_stateless_ones_do_not()
    {
        await using var system = await StartAsync("RegistrationsPerHour", 2);
        for (var i = 0; i < 2; i++)
        {
            using var one = From(system, $"198.51.100.{i}");
            await one.RegisterAsync(OAuthClient.StoredMetadata(one.RedirectUri));
        }

        using var client = From(system, Claude);
        using var refused = await client.Http.PostAsJsonAsync(
            system.Issuer + "/register",
            OAuthClient.StoredMetadata("https://two.example/cb")
        );
        Assert.Equal(429, (int)refused.StatusCode);
        await client.RegisterAsync();
    }

    // Case 18: thousands of people call from a few addresses.
    [Fact]
    public async Task No_limit_by_address_applies_to_a_shared_egress()
    {
        await using var system = await StartAsync(
            ("FailuresPerAddressPerMinute", 1),
            ("FailuresPerClientPerMinute", 1),
            ("RegistrationsPerAddressPerHour", 1),
            ("AuthorizationsPerAddressPerMinute", 1)
        );
        for (var i = 0; i < 5; i++)
        {
            using var client = From(system, Claude);
            await client.RegisterAsync(Confidential());
            using var begun = await client.Http.GetAsync(client.AuthorizeUrl());
            Assert.Equal(303, (int)begun.StatusCode);
            Assert.Equal("invalid_client", (await GuessSecretAsync(client)).Error);
            Assert.Equal("invalid_client", (await GuessSecretAsync(client)).Error);
        }
    }

    [Fact]
    public async Task A_rate_limit_refusal_is_readable_by_scripts_and_not_cached()
    {
        await using var system = await StartAsync("FailuresPerAddressPerMinute", 1);
        using var client = From(system, Attacker);
        await client.RegisterAsync();
        await client.RedeemAsync("guess");
        client.Http.DefaultRequestHeaders.Add("Origin", "https://inspector.example");
        var refused = await client.RedeemAsync("guess");
        AssertTooMany(refused);
        Assert.Equal("*", Assert.Single(refused.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Contains(
            "Retry-After",
            string.Join(',', refused.Headers.GetValues("Access-Control-Expose-Headers")),
            StringComparison.Ordinal
        );
        Assert.True(refused.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Nothing_is_limited_if_the_operator_disables_limits()
    {
        await using var system = await StartAsync(
            "FailuresPerAddressPerMinute",
            1,
            options => options.Set("McpOidc:RateLimits:Enabled", "false")
        );
        using var client = From(system, Attacker);
        await client.RegisterAsync();
        await client.RedeemAsync("guess");
        Assert.Equal("invalid_grant", (await client.RedeemAsync("guess")).Error);
    }

    // F17
    [Fact]
    public async Task Fetches_of_metadata_documents_have_a_limit_across_all_hosts()
    {
        await using var system = await DocumentSystem.StartAsync(options =>
            options.Set("McpOidc:RateLimits:DocumentFetchesPerMinute", "1")
        );
        BeginWindow(system.System, TimeSpan.FromMinutes(1));
        var first = system.Publish();
        await system.AssertAcceptedAsync(first);
        await system.AssertRefusedAsync(system.Publish(), "Too many documents", 503);
        await system.AssertAcceptedAsync(first);
        system.System.Clock.Advance(TimeSpan.FromMinutes(1));
        await system.AssertAcceptedAsync(system.Publish());
    }

    private static Task<TestSystem> StartAsync(string limit, int permits, Action<TestSystemOptions>? more = null) =>
        StartAsync(more, (limit, permits));

    private static Task<TestSystem> StartAsync(params (string Limit, int Permits)[] limits) => StartAsync(null, limits);

    private static async Task<TestSystem> StartAsync(Action<TestSystemOptions>? more, params (string Limit, int Permits)[] limits)
    {
        var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            foreach (var (limit, permits) in limits)
            {
                options.Set($"McpOidc:RateLimits:{limit}", $"{permits}");
            }

            more?.Invoke(options);
        });
        BeginWindow(system, TimeSpan.FromHours(1));
        return system;
    }

    // Windows start on the hour and the minute: a test that crosses one would see a limit reset on its own.
    internal static void BeginWindow(TestSystem system, TimeSpan window) =>
        system.Clock.Advance(window - TimeSpan.FromTicks(system.Clock.GetUtcNow().UtcTicks % window.Ticks));

    private static OAuthClient From(TestSystem system, string address, string clientId = "")
    {
        var client = system.CreateClient();
        client.ClientId = clientId;
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return client;
    }

    private static System.Text.Json.Nodes.JsonObject Confidential()
    {
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        return metadata;
    }

    private static Task<TokenAnswer> GuessSecretAsync(OAuthClient client) => client.RefreshAsync("whatever", ("client_secret", "guess"));

    private static void AssertTooMany(TokenAnswer answer)
    {
        Assert.Equal(429, answer.Status);
        Assert.Equal("temporarily_unavailable", answer.Error);
    }
}
