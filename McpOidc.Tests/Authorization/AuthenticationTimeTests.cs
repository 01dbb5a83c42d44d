using System.Text.Json.Nodes;
using System.Web;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>How recently the user signed in (OpenID Connect Core §3.1.2.1, §2; security case A35).</summary>
public sealed class AuthenticationTimeTests : IAsyncLifetime
{
    private readonly Browser _browser = new();
    private FaultyIdentityProvider _provider = null!;
    private TestSystem _system = null!;
    private OAuthClient _client = null!;

    public async Task InitializeAsync()
    {
        _provider = await FaultyIdentityProvider.StartAsync();
        _system = await TestSystem.StartAsync(options => options.Provider = _provider.Settings);
        _client = _system.CreateClient();
        await _client.RegisterAsync();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        await _system.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("login", null)]
    [InlineData(null, "0")]
    [InlineData("login", "0")]
    public async Task A_live_session_at_the_provider_does_not_count_as_a_new_sign_in(string? prompt, string? maximumAge)
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        await client.GetCodeAsync(_browser);
        system.Clock.Advance(TimeSpan.FromSeconds(5));

        var shown = await _browser.OpenAsync(
            client.AuthorizeUrl(("prompt", prompt), ("max_age", maximumAge)),
            uri => client.IsRedirectUri(uri) || uri.AbsolutePath == "/sign-in"
        );

        Assert.Equal(system.Idp!.Issuer + "/sign-in", shown.Uri.AbsoluteUri);
        Assert.NotNull((await client.AuthorizeAsync(_browser, ("prompt", prompt), ("max_age", maximumAge))).Query("code"));
    }

    [Theory]
    [InlineData("login", "login")]
    [InlineData("login consent", "login")]
    [InlineData("consent", null)]
    public async Task Prompt_login_and_max_age_are_forwarded_to_the_provider_and_other_prompts_are_not(string prompt, string? forwarded)
    {
        _provider.Claims = claims => claims["auth_time"] = Seconds(_system.Clock.GetUtcNow());
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("prompt", prompt), ("max_age", "600"))).Query("code"));
        var query = HttpUtility.ParseQueryString(_provider.LastAuthorizeQuery);
        Assert.Equal((forwarded, "600"), (query["prompt"], query["max_age"]));
    }

    [Fact]
    public async Task The_prompt_that_the_operator_configured_is_sent_as_well()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = _provider.Settings;
            options.Set("McpOidc:IdentityProvider:AdditionalParameters:prompt", "select_account");
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        await client.AuthorizeAsync(_browser, ("prompt", "login"));
        Assert.Equal("login select_account", HttpUtility.ParseQueryString(_provider.LastAuthorizeQuery)["prompt"]);
    }

    [Theory]
    [InlineData(null, "7200", 3600, null)]
    [InlineData(null, "300", 3600, "login_required")]
    [InlineData(null, "0", 3600, "login_required")]
    [InlineData("login", null, 3600, "login_required")]
    [InlineData("login", "7200", 3600, "login_required")]
    [InlineData("login", "0", 0, null)]
    [InlineData(null, null, 3600, null)]
    public async Task The_authentication_time_is_the_providers_and_is_refused_when_it_is_too_old(
        string? prompt,
        string? maximumAge,
        int age,
        string? error
    )
    {
        var at = Seconds(_system.Clock.GetUtcNow()) - age;
        _provider.Claims = claims => claims["auth_time"] = at;

        var result = await _client.AuthorizeAsync(_browser, ("prompt", prompt), ("max_age", maximumAge));

        Assert.Equal(error, result.Query("error"));
        if (error is null)
        {
            var tokens = await _client.RedeemAsync(result.Query("code")!);
            Assert.Equal(at, AuthenticationTime(tokens["id_token"]!));
            Assert.Equal(at, AuthenticationTime(tokens.AccessToken));
            // Later requests do not make it more recent.
            var again = await _client.RedeemAsync(await _client.GetCodeAsync(_browser, ("max_age", null)));
            Assert.Equal(at, AuthenticationTime(again["id_token"]!));
        }
    }

    public static TheoryData<JsonNode?> NoTimes => [null, "yesterday", -1, 4_000_000_000L, 1_700_000_000_000L, long.MaxValue, true];

    // Google and GitHub send no auth_time.
    [Theory]
    [MemberData(nameof(NoTimes))]
    public async Task Without_auth_time_from_the_provider_the_callback_satisfies_login_and_max_age_is_refused_by_name(JsonNode? sent)
    {
        _provider.Claims = claims => claims["auth_time"] = sent?.DeepClone();
        var before = Seconds(_system.Clock.GetUtcNow());
        var tokens = await _client.RedeemAsync(await _client.GetCodeAsync(_browser, ("prompt", "login")));
        Assert.Equal(200, tokens.Status);
        Assert.InRange(AuthenticationTime(tokens["id_token"]!), before, Seconds(_system.Clock.GetUtcNow()));

        // Nor with an existing session here, whose age is unknown.
        foreach (var maximumAge in new[] { "0", "600", "86400" })
        {
            var refused = await _client.AuthorizeAsync(_browser, ("max_age", maximumAge));
            Assert.Equal("invalid_request", refused.Query("error"));
            Assert.Contains("max_age", refused.Query("error_description"), StringComparison.Ordinal);
        }

        Assert.Equal("login_required", (await _client.AuthorizeAsync(_browser, ("max_age", "600"), ("prompt", "none"))).Query("error"));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData(" 5")]
    [InlineData("5.0")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("soon")]
    [InlineData("\u0665")]
    [InlineData("2147483648")]
    [InlineData("922337203686")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999999")]
    public async Task A_max_age_that_is_not_a_number_of_seconds_yields_invalid_request(string maximumAge)
    {
        _provider.Claims = claims => claims["auth_time"] = Seconds(_system.Clock.GetUtcNow());
        (await _client.AuthorizeAsync(_browser, ("max_age", maximumAge))).ExpectRedirectError(_client, "invalid_request");
        await _client.GetCodeAsync(_browser);
        (await _client.AuthorizeAsync(_browser, ("max_age", maximumAge))).ExpectRedirectError(_client, "invalid_request");
        var pushed = await _client.PostAsync(
            "/request",
            [
                ("response_type", "code"),
                ("redirect_uri", _client.RedirectUri),
                ("code_challenge", _client.Challenge),
                ("code_challenge_method", "S256"),
                ("max_age", maximumAge),
            ]
        );
        Assert.Equal((400, "invalid_request"), (pushed.Status, pushed.Error));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2147483647")]
    [InlineData("0000000600")]
    public async Task An_empty_max_age_is_ignored_and_a_large_one_is_accepted(string maximumAge)
    {
        _provider.Claims = claims => claims["auth_time"] = Seconds(_system.Clock.GetUtcNow());
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("max_age", maximumAge))).Query("code"));
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("max_age", maximumAge), ("prompt", "none"))).Query("code"));
    }

    // The clocks of two machines differ, and some time passes between entering the password and the callback.
    [Fact]
    public async Task A_sign_in_dated_just_before_the_request_by_the_provider_clock_is_recent_enough()
    {
        _provider.Claims = claims => claims["auth_time"] = Seconds(_system.Clock.GetUtcNow()) - 20;
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("prompt", "login"))).Query("code"));
    }

    private static long Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds();

    private static long AuthenticationTime(string token) => JwtReader.Payload(token)["auth_time"]!.GetValue<long>();
}
