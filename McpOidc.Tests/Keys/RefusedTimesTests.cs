using System.Text.Json.Nodes;
using McpOidc.Federation;
using McpOidc.Keys;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ClientKey = McpOidc.Tests.Hosting.ClientKey;

namespace McpOidc.Tests.Keys;

/// <summary>When a token is refused because of its times, the log states the difference and mentions the clock.</summary>
public sealed class RefusedTimesTests : IAsyncLifetime
{
    private const string Early = "[2832]";
    private const string Late = "[2833]";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private SignedInSystem _signedIn = null!;

    private TestSystem System => _signedIn.System;

    public async Task InitializeAsync() => _signedIn = await SignedInSystem.StartAsync();

    public async Task DisposeAsync() => await _signedIn.DisposeAsync();

    [Fact]
    public async Task An_access_token_that_is_not_yet_valid_is_logged_with_the_time_difference()
    {
        var token = Forgery.Resign(System, _signedIn.Tokens.AccessToken, payload => payload["nbf"] = Now(seconds: 300));
        Assert.Equal(401, await _signedIn.StatusAsync(token));
        await AssertLoggedAsync(Early, "An access token", 300);
    }

    [Fact]
    public async Task An_expired_access_token_is_logged_with_the_time_difference()
    {
        var token = Forgery.Resign(System, _signedIn.Tokens.AccessToken, payload => payload["exp"] = Now(seconds: -300));
        Assert.Equal(401, await _signedIn.StatusAsync(token));
        await AssertLoggedAsync(Late, "An access token", 300);
    }

    [Fact]
    public async Task A_token_from_the_future_is_logged_by_the_authorization_server_with_the_time_difference()
    {
        var token = Forgery.Resign(System, _signedIn.Tokens.AccessToken, payload => payload["iat"] = Now(seconds: 300));
        using var answer = await _signedIn.Client.CallAsync(System.Issuer + "/me", token, HttpMethod.Get);
        Assert.Equal(401, (int)answer.StatusCode);
        await AssertLoggedAsync(Early, "An access token", 300);
    }

    [Theory]
    [InlineData(-3600, Early)]
    [InlineData(600, Late)]
    public async Task A_code_from_a_deviating_clock_is_logged_with_the_time_difference(int seconds, string line)
    {
        var code = await _signedIn.Client.GetCodeAsync(_signedIn.Browser);
        System.Clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal("invalid_grant", (await _signedIn.Client.RedeemAsync(code)).Error);
        await AssertLoggedAsync(line, "An authorization code", line == Early ? 3600 : 600 - 60);
    }

    [Fact]
    public async Task An_expired_sign_in_step_is_logged_with_the_time_difference()
    {
        using var browser = new Browser();
        using var client = System.CreateClient();
        await client.RegisterAsync();
        var consent = await browser.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/consent");
        System.Clock.Advance(TimeSpan.FromHours(2));
        using var page = await browser.GetAsync(consent.Uri.AbsoluteUri);
        Assert.Equal(400, (int)page.StatusCode);
        await AssertLoggedAsync(Late, "A step of a sign-in", 7200, tolerance: 3600);
    }

    [Theory]
    [InlineData(300, Early, 300)]
    [InlineData(-300, Late, 180)]
    public async Task A_DPoP_proof_from_a_deviating_clock_is_logged_with_the_time_difference(int seconds, string line, int difference)
    {
        using var key = new ClientKey();
        _signedIn.Client.Proof = url => key.Proof("POST", url, change: payload => payload["iat"] = Now(seconds));
        var answer = await _signedIn.Client.RefreshAsync(_signedIn.Tokens.RefreshToken);
        _signedIn.Client.Proof = null;
        Assert.Equal("invalid_dpop_proof", answer.Error);
        await AssertLoggedAsync(line, "A DPoP proof", difference);
    }

    [Theory]
    [InlineData("iat", 300, Early)]
    [InlineData("nbf", 300, Early)]
    [InlineData("exp", -300, Late)]
    public async Task A_client_assertion_from_a_deviating_clock_is_logged_with_the_time_difference(string member, int seconds, string line)
    {
        using var key = new ClientKey();
        using var client = System.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = "private_key_jwt";
        metadata["jwks"] = new JsonObject { ["keys"] = new JsonArray(key.PublicJwk) };
        await client.RegisterAsync(metadata);
        var assertion = key.Assert(client.ClientId, client.Issuer, payload => payload[member] = Now(seconds));
        var answer = await client.TokenAsync([
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ]);
        Assert.Equal("invalid_client", answer.Error);
        await AssertLoggedAsync(line, "A client assertion", 300);
    }

    [Theory]
    [InlineData(300, Late, 240)]
    [InlineData(-300, Early, 300)]
    public async Task An_assertion_from_an_MCP_server_with_a_different_clock_is_logged_with_the_time_difference(
        int seconds,
        string line,
        int difference
    )
    {
        var assertions = System.Server.Services.GetRequiredService<ServerAssertion>();
        var assertion = await assertions.CreateAsync(System.Issuer, "somebody", CancellationToken.None);
        System.Clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Null(await assertions.ReadAsync(assertion, System.Issuer, CancellationToken.None));
        await AssertLoggedAsync(line, "An assertion of an MCP server", difference);
    }

    [Fact]
    public void At_most_one_line_per_minute_is_logged_for_each_kind()
    {
        using var logs = new LogSink();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        var clock = new MinuteClock();
        var refused = new RefusedTimes(clock, loggers.CreateLogger<RefusedTimes>());
        for (var second = 0; second < 150; second++)
        {
            refused.Early("A DPoP proof", clock.GetUtcNow() + TimeSpan.FromMinutes(5));
            refused.Late("A DPoP proof", clock.GetUtcNow() - TimeSpan.FromMinutes(5));
            clock.Passed += TimeSpan.FromSeconds(1);
        }

        Assert.Equal(3, logs.Lines.Count(line => line.Contains(Early, StringComparison.Ordinal)));
        Assert.Equal(3, logs.Lines.Count(line => line.Contains(Late, StringComparison.Ordinal)));
    }

    private async Task AssertLoggedAsync(string id, string what, int seconds, int tolerance = 10)
    {
        var line = await System.Server.Logs.WaitForAsync(id, s_patience);
        Assert.Contains($"{what} was rejected", line, StringComparison.Ordinal);
        Assert.Contains("this machine's clock", line, StringComparison.Ordinal);
        var words = line.Split(' ');
        var said = int.Parse(words[Array.FindIndex(words, word => word == "seconds" || word == "seconds.") - 1], null);
        Assert.InRange(said, seconds - tolerance, seconds + tolerance);
    }

    private static long Now(int seconds) => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds;

    private sealed class MinuteClock : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
