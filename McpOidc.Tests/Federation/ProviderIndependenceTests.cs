using McpOidc.Configuration;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Federation;

/// <summary>Each of several providers has its own settings, and none affects the others.</summary>
public sealed class ProviderIndependenceTests : IAsyncLifetime
{
    private const string OtherCallback = "http://127.0.0.1:9/oauth/callback";
    private FaultyIdentityProvider _staff = null!;
    private FaultyIdentityProvider _partners = null!;
    private TestSystem _system = null!;
    private OAuthClient _client = null!;
    private TokenAnswer _partner = null!;

    public async Task InitializeAsync()
    {
        _staff = await FaultyIdentityProvider.StartAsync();
        _partners = await FaultyIdentityProvider.StartAsync();
        _system = await TestSystem.StartAsync(options =>
        {
            (_staff.Clock, _partners.Clock) = (options.Clock, options.Clock);
            options.Provider = new IdentityProviderSettings("", "", null);
            options.Map = SessionEndpoint.Map;
            Configure(options, "staff", _staff);
            Configure(options, "guests", _staff, ("RedirectUri", OtherCallback));
            Configure(options, "partners", _partners, ("RefreshBefore", "00:01:30"), ("Timeout", "00:00:20"));
        });
        _client = _system.CreateClient();
        using var browser = new Browser { Provider = "partners" };
        _partner = await _client.SignInAsync(browser);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _system.DisposeAsync();
        await _staff.DisposeAsync();
        await _partners.DisposeAsync();
    }

    [Fact]
    public async Task An_unreachable_provider_does_not_block_the_logout_tokens_of_another_provider()
    {
        _staff.IsAway = true;
        using var form = new FormUrlEncodedContent([new("logout_token", _partners.CreateLogoutToken())]);
        using var ended = await _client.Http.PostAsync(_system.Issuer + "/oauth/backchannel-logout", form);
        Assert.Equal(200, (int)ended.StatusCode);
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(_partner.RefreshToken)).Error);

        using var unknown = new FormUrlEncodedContent([new("logout_token", _staff.CreateLogoutToken())]);
        using var unjudged = await _client.Http.PostAsync(_system.Issuer + "/oauth/backchannel-logout", unknown);
        Assert.Equal(503, (int)unjudged.StatusCode);
    }

    [Fact]
    public async Task An_unreachable_provider_does_not_block_the_checks_of_people_from_another_provider()
    {
        using var client = _system.CreateClient();
        using var browser = new Browser { Provider = "staff" };
        var staff = await client.SignInAsync(browser);
        _staff.Script = http => AnswerAsync(http, 503, "");
        _partners.Script = http => AnswerAsync(http, 400, """{"error":"invalid_grant"}""");
        _system.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(200, (await client.RefreshAsync(staff.RefreshToken)).Status);
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(_partner.RefreshToken)).Error);
    }

    [Fact]
    public async Task The_callback_is_set_per_provider()
    {
        using var client = _system.CreateClient();
        using var browser = new Browser { Provider = "guests" };
        await client.RegisterAsync();
        await browser.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsoluteUri.StartsWith(OtherCallback, StringComparison.Ordinal));
        Assert.Equal(OtherCallback, QueryHelpers.ParseQuery(_staff.LastAuthorizeQuery)["redirect_uri"].ToString());
        Assert.NotEqual(OtherCallback, QueryHelpers.ParseQuery(_partners.LastAuthorizeQuery)["redirect_uri"].ToString());
    }

    [Fact]
    public async Task How_early_a_token_is_refreshed_is_set_per_provider()
    {
        Assert.Equal(200, await TokenStatusAsync());
        Assert.Equal(1, _partners.TokenRequests);
        _system.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(200, await TokenStatusAsync());
        Assert.Equal(2, _partners.TokenRequests);
    }

    [Fact]
    public async Task How_long_a_request_may_take_is_set_per_provider()
    {
        _partners.Script = async http =>
        {
            await Task.Delay(TimeSpan.FromSeconds(30), http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var options = _system.Server.Services.GetRequiredService<IOptionsMonitor<IdentityProviderOptions>>().Get("partners");
        Assert.Equal(TimeSpan.FromSeconds(20), options.Timeout);
        options.Timeout = TimeSpan.FromSeconds(2);
        _system.Clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(503, await TokenStatusAsync());
        Assert.Contains(
            _system.Server.Logs.Lines,
            line => line.Contains("within 2 s (McpOidc:IdentityProvider:Providers:partners:Timeout)", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("0")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT")]
    public async Task A_provider_that_asks_for_no_pause_is_not_asked_at_every_call(string retryAfter)
    {
        _partners.Script = http =>
        {
            http.Response.Headers.RetryAfter = retryAfter;
            return AnswerAsync(http, 429, "");
        };
        _system.Clock.Advance(TimeSpan.FromMinutes(3));
        var before = _partners.TokenRequests;
        var statuses = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => TokenStatusAsync()));
        for (var call = 0; call < 15; call++)
        {
            Assert.Equal(503, await TokenStatusAsync());
        }

        Assert.All(statuses, status => Assert.Equal(503, status));
        Assert.InRange(_partners.TokenRequests - before, 1, 10);
    }

    private static async Task<bool> AnswerAsync(HttpContext http, int status, string body)
    {
        (http.Response.StatusCode, http.Response.ContentType) = (status, "application/json");
        await http.Response.WriteAsync(body);
        return true;
    }

    private async Task<int> TokenStatusAsync()
    {
        using var response = await _client.CallAsync(_system.McpOrigin + "/idp-token", _partner.AccessToken, HttpMethod.Get);
        return (int)response.StatusCode;
    }

    private static void Configure(
        TestSystemOptions options,
        string name,
        FaultyIdentityProvider provider,
        params (string Setting, string Value)[] settings
    )
    {
        foreach (
            var (setting, value) in settings.Concat([
                ("Issuer", provider.Issuer),
                ("ClientId", FaultyIdentityProvider.ClientId),
                ("ClientSecret", FaultyIdentityProvider.ClientSecret),
                ("UserLiveness", "Always"),
            ])
        )
        {
            options.Set($"McpOidc:IdentityProvider:Providers:{name}:{setting}", value);
        }
    }
}
