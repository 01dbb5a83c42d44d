using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Account;

/// <summary>Signing out everywhere also signs the user out at the identity provider, if the operator enables it.</summary>
public sealed class ProviderSignOutTests : IAsyncLifetime
{
    private FaultyIdentityProvider _idp = null!;
    private readonly Browser _browser = new();

    public async Task InitializeAsync() => _idp = await FaultyIdentityProvider.StartAsync();

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _idp.DisposeAsync();
    }

    [Fact]
    public async Task The_browser_is_sent_to_the_provider_with_hint_return_URI_and_state_and_returns_to_a_confirmation_page()
    {
        await using var system = await StartAsync(asks: true, offers: true);
        var shown = await ShownAccount.OpenAsync(system, _browser);
        using var response = await PressAsync(system, shown);
        Assert.StartsWith(_idp.Issuer + "/logout?", response.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        var query = QueryHelpers.ParseQuery(response.Headers.Location.Query);
        Assert.Equal("user-1", JwtReader.Payload(query["id_token_hint"].ToString())["sub"]!.ToString());
        Assert.Equal(
            (FaultyIdentityProvider.ClientId, system.Issuer + "/account"),
            (query["client_id"].ToString(), query["post_logout_redirect_uri"].ToString())
        );

        var back = QueryHelpers.AddQueryString(query["post_logout_redirect_uri"].ToString(), "state", query["state"].ToString());
        var page = await ShownAccount.ReadAsync(await _browser.GetAsync(back));
        Assert.Contains("Every application and every browser is signed out.", page.Html, StringComparison.Ordinal);
        using var stranger = new Browser();
        using var elsewhere = await stranger.GetAsync(back);
        Assert.Equal(303, (int)elsewhere.StatusCode);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Sign_out_stays_local_unless_the_setting_and_the_provider_both_enable_provider_sign_out(bool asks, bool offers)
    {
        await using var system = await StartAsync(asks, offers);
        using var response = await PressAsync(system, await ShownAccount.OpenAsync(system, _browser));
        Assert.Equal(200, (int)response.StatusCode);
    }

    private Task<HttpResponseMessage> PressAsync(TestSystem system, ShownAccount shown) =>
        _browser.PostAsync(
            new Uri(system.Issuer + "/account"),
            new Dictionary<string, string> { ["token"] = shown.FormToken, ["end"] = "everywhere" }
        );

    private Task<TestSystem> StartAsync(bool asks, bool offers)
    {
        _idp.Document = document => document["end_session_endpoint"] = offers ? _idp.Issuer + "/logout" : null;
        return TestSystem.StartAsync(options =>
        {
            _idp.Clock = options.Clock;
            options.Provider = _idp.Settings;
            options.Set("McpOidc:IdentityProvider:SignOutAtProvider", $"{asks}");
        });
    }
}
