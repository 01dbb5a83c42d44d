using System.Text.Json.Nodes;
using McpOidc.Tests.Federation;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Logout;

/// <summary>The identity provider reports that a user is gone (OpenID Connect Back-Channel Logout 1.0; C27, G24, G28).</summary>
public sealed class BackChannelLogoutTests : IAsyncLifetime
{
    private FaultyIdentityProvider _idp = null!;
    private SignedInSystem _signedIn = null!;
    private FailingStore _store = null!;

    public async Task InitializeAsync()
    {
        _idp = await FaultyIdentityProvider.StartAsync();
        _idp.Claims = claims => claims["sid"] = "session-1";
        _signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Provider = _idp.Settings;
            options.Clock = new AdjustableClock();
            options.Server = server => StoreDecorator.Around(server.Services, inner => _store = new FailingStore(inner));
        });
    }

    public async Task DisposeAsync()
    {
        await _signedIn.DisposeAsync();
        await _idp.DisposeAsync();
    }

    [Fact]
    public async Task A_logout_token_for_a_person_ends_every_client_and_every_browser_immediately()
    {
        var (other, tokens) = await _signedIn.SignInAgainAsync();
        using var _ = other;
        Assert.Equal(200, await _signedIn.StatusAsync(tokens.AccessToken));
        Assert.Equal(200, await PostAsync(_idp.CreateLogoutToken()));

        foreach (var ended in new[] { _signedIn.Tokens, tokens })
        {
            Assert.Equal(401, await _signedIn.StatusAsync(ended.AccessToken));
            Assert.Equal(
                "invalid_grant",
                (await other.PostAsync("/token", [("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken)])).Error
            );
        }

        // The browser is redirected to the provider again.
        var visits = _signedIn.Browser.VisitsOf(_idp.Issuer);
        await other.SignInAsync(_signedIn.Browser);
        Assert.NotEqual(visits, _signedIn.Browser.VisitsOf(_idp.Issuer));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_logout_token_for_one_session_leaves_other_sessions_alone(bool withSubject)
    {
        _idp.Claims = claims => claims["sid"] = "session-2";
        using var client = _signedIn.System.CreateClient();
        using var browser = new Browser();
        var elsewhere = await client.SignInAsync(browser);
        Assert.Equal(
            200,
            await PostAsync(
                _idp.CreateLogoutToken(payload =>
                {
                    payload["sid"] = "session-1";
                    if (!withSubject)
                    {
                        payload.Remove("sub");
                    }
                })
            )
        );
        Assert.Equal(401, await _signedIn.StatusAsync(_signedIn.Tokens.AccessToken));
        Assert.Equal(200, await _signedIn.StatusAsync(elsewhere.AccessToken));
        Assert.Equal(200, (await client.RefreshAsync(elsewhere.RefreshToken)).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_logout_token_for_one_session_also_ends_sign_ins_without_a_session_id(bool withSubject)
    {
        _idp.Claims = null;
        using var client = _signedIn.System.CreateClient();
        using var browser = new Browser();
        var unnamed = await client.SignInAsync(browser);
        Assert.Equal(200, await _signedIn.StatusAsync(unnamed.AccessToken));
        Assert.Equal(
            200,
            await PostAsync(
                _idp.CreateLogoutToken(payload =>
                {
                    payload["sid"] = "session-1";
                    if (!withSubject)
                    {
                        payload.Remove("sub");
                    }
                })
            )
        );
        Assert.Equal(401, await _signedIn.StatusAsync(unnamed.AccessToken));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(unnamed.RefreshToken)).Error);
        Assert.Equal("login_required", (await client.AuthorizeAsync(browser, ("prompt", "none"))).Query("error"));
    }

    [Fact]
    public async Task A_logout_token_without_expiration_or_type_is_accepted()
    {
        Assert.Equal(200, await PostAsync(_idp.CreateLogoutToken(payload => payload.Remove("exp"), header => header.Remove("typ"))));
        Assert.Equal(401, await _signedIn.StatusAsync(_signedIn.Tokens.AccessToken));
    }

    [Fact]
    public async Task A_logout_token_for_an_unknown_person_is_not_an_error() =>
        Assert.Equal(200, await PostAsync(_idp.CreateLogoutToken(payload => payload["sub"] = "nobody")));

    [Fact]
    public async Task A_logout_token_is_accepted_only_once()
    {
        var token = _idp.CreateLogoutToken();
        Assert.Equal(200, await PostAsync(token));
        Assert.Equal(400, await PostAsync(token));
    }

    [Fact]
    public async Task A_logout_that_the_store_failed_to_write_is_carried_out_when_the_provider_repeats_it()
    {
        var token = _idp.CreateLogoutToken();
        _store.FailingWritesOf = "grant:";
        Assert.Equal(503, await PostAsync(token));
        _store.FailingWritesOf = null;
        Assert.Equal(200, await PostAsync(token));
        Assert.Equal("invalid_grant", (await _signedIn.Client.RefreshAsync(_signedIn.Tokens.RefreshToken)).Error);
        Assert.Equal(400, await PostAsync(token));
    }

    public static TheoryData<string> Lies =>
        [
            "iss",
            "aud",
            "sub and sid",
            "jti",
            "iat",
            "events",
            "other event",
            "nonce",
            "expired",
            "future",
            "alg none",
            "access token type",
            "other key",
            "crit",
            "events as a list",
            "events as a text",
            "iat as a text",
            "exp that no calendar has",
            "two subjects",
            "sid as an object",
            "garbage",
            "empty",
        ];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_logout_token_that_is_not_from_the_provider_is_refused_and_ends_nothing(string lie)
    {
        Assert.Equal(400, await PostAsync(Lie(lie)));
        if (lie != "empty")
        {
            var line = _signedIn.System.Server.Logs.Lines.Last(line => line.Contains("[2602]", StringComparison.Ordinal));
            Assert.Matches("logout_token_[a-z]+|unreadable", line);
        }

        Assert.Equal(200, await _signedIn.StatusAsync(_signedIn.Tokens.AccessToken));
        Assert.Equal(200, (await _signedIn.Client.RefreshAsync(_signedIn.Tokens.RefreshToken)).Status);
    }

    private string Lie(string lie) =>
        lie switch
        {
            "iss" => _idp.CreateLogoutToken(payload => payload["iss"] = "https://other.example"),
            "aud" => _idp.CreateLogoutToken(payload => payload["aud"] = "another-client"),
            "sub and sid" => _idp.CreateLogoutToken(payload => payload.Remove("sub")),
            "jti" => _idp.CreateLogoutToken(payload => payload.Remove("jti")),
            "iat" => _idp.CreateLogoutToken(payload => payload.Remove("iat")),
            "events" => _idp.CreateLogoutToken(payload => payload.Remove("events")),
            "other event" => _idp.CreateLogoutToken(payload =>
                payload["events"] = new JsonObject { ["https://example.com/else"] = new JsonObject() }
            ),
            "nonce" => _idp.CreateLogoutToken(payload => payload["nonce"] = "n"),
            "expired" => _idp.CreateLogoutToken(payload => payload["exp"] = DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds()),
            "future" => _idp.CreateLogoutToken(payload => payload["iat"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds()),
            "access token type" => _idp.CreateLogoutToken(changeHeader: header => header["typ"] = "at+jwt"),
            "alg none" => Base64UrlEncoder.Encode("""{"alg":"none"}""") + "." + _idp.CreateLogoutToken().Split('.')[1] + ".",
            "other key" => _idp.CreateLogoutToken()[..^8] + "AAAAAAAA",
            "crit" => _idp.CreateLogoutToken(changeHeader: header => header["crit"] = new JsonArray("b64")),
            "events as a list" => _idp.CreateLogoutToken(payload =>
                payload["events"] = new JsonArray("http://schemas.openid.net/event/backchannel-logout")
            ),
            "events as a text" => _idp.CreateLogoutToken(payload =>
                payload["events"] = "http://schemas.openid.net/event/backchannel-logout"
            ),
            "iat as a text" => _idp.CreateLogoutToken(payload => payload["iat"] = "now"),
            "exp that no calendar has" => _idp.CreateLogoutToken(payload => payload["exp"] = 1e30),
            "two subjects" => _idp.CreateLogoutToken(payload => payload["sub"] = new JsonArray("user-1", "user-2")),
            "sid as an object" => _idp.CreateLogoutToken(payload =>
            {
                payload.Remove("sub");
                payload["sid"] = new JsonObject();
            }),
            "garbage" => "garbage",
            _ => "",
        };

    private async Task<int> PostAsync(string token)
    {
        using var form = new FormUrlEncodedContent([new("logout_token", token)]);
        using var response = await _signedIn.Client.Http.PostAsync(_signedIn.System.Issuer + "/oauth/backchannel-logout", form);
        Assert.True(response.Headers.CacheControl?.NoStore);
        return (int)response.StatusCode;
    }
}
