using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>The client says which user it expects (OpenID Connect Core §3.1.2.1; security case A36).</summary>
public sealed class IdTokenHintTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IAsyncLifetime
{
    private readonly Browser _bob = new() { UserName = "bob" };
    private readonly Browser _alice = new();
    private OAuthClient _client = null!;
    private string? _hint;

    public async Task InitializeAsync()
    {
        _client = await fixture.RegisterAsync();
        _hint = (await _client.SignInAsync(_alice))["id_token"];
        await _client.SignInAsync(_bob);
    }

    public Task DisposeAsync()
    {
        _client.Dispose();
        _alice.Dispose();
        _bob.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Another_person_than_the_hint_names_gets_login_required_when_no_page_may_be_shown() =>
        (await _client.AuthorizeAsync(_bob, ("prompt", "none"), ("id_token_hint", _hint))).ExpectRedirectError(_client, "login_required");

    [Theory]
    [InlineData(null)]
    [InlineData("consent")]
    public async Task Another_person_than_the_hint_names_is_sent_to_the_provider_and_gets_no_code_on_return(string? prompt)
    {
        var visits = _bob.VisitsOf(fixture.System.Idp!.Issuer);
        (await _client.AuthorizeAsync(_bob, ("prompt", prompt), ("id_token_hint", _hint))).ExpectRedirectError(_client, "login_required");
        Assert.True(_bob.VisitsOf(fixture.System.Idp!.Issuer) > visits);
    }

    [Fact]
    public async Task A_person_who_signs_in_as_the_one_named_by_the_hint_continues()
    {
        _bob.UserName = "alice";
        var code = await _client.GetCodeAsync(_bob, ("prompt", "login"), ("id_token_hint", _hint));
        Assert.Equal(
            JwtReader.Payload(_hint!)["sub"]!.ToString(),
            JwtReader.Payload((await _client.RedeemAsync(code)).AccessToken)["sub"]!.ToString()
        );
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.")]
    [InlineData("{hint}x")]
    public async Task An_unverifiable_hint_matches_no_person(string hint)
    {
        hint = hint.Replace("{hint}", _hint, StringComparison.Ordinal);
        (await _client.AuthorizeAsync(_bob, ("prompt", "none"), ("id_token_hint", hint))).ExpectRedirectError(_client, "login_required");
        (await _client.AuthorizeAsync(_bob, ("id_token_hint", hint))).ExpectRedirectError(_client, "login_required");
    }

    [Fact]
    public async Task A_pushed_hint_has_the_same_effect()
    {
        foreach (var browser in new[] { _bob, _alice })
        {
            var pushed = await _client.PostAsync(
                "/request",
                [
                    ("response_type", "code"),
                    ("redirect_uri", _client.RedirectUri),
                    ("scope", "openid email profile"),
                    ("code_challenge", _client.Challenge),
                    ("code_challenge_method", "S256"),
                    ("prompt", "none"),
                    ("id_token_hint", _hint),
                ]
            );
            Assert.Equal(201, pushed.Status);
            var result = await browser.OpenAsync(
                $"{_client.Issuer}/authorize?client_id={_client.ClientId}&request_uri={pushed["request_uri"]}",
                _client.IsRedirectUri
            );
            Assert.Equal(browser == _bob ? "login_required" : null, result.Query("error"));
            Assert.Equal(browser == _alice, result.Query("code") is not null);
        }
    }

    [Fact]
    public async Task A_hint_still_identifies_the_person_after_the_tokens_issued_with_it_were_revoked()
    {
        using var carol = new Browser();
        var tokens = await _client.SignInAsync(carol);
        Assert.Equal(200, (await _client.PostAsync("/token/revocation", [("token", tokens.RefreshToken)])).Status);
        (await _client.AuthorizeAsync(_bob, ("prompt", "none"), ("id_token_hint", tokens["id_token"]))).ExpectRedirectError(
            _client,
            "login_required"
        );
        Assert.NotNull((await _client.AuthorizeAsync(_alice, ("prompt", "none"), ("id_token_hint", tokens["id_token"]))).Query("code"));
    }

    [Fact]
    public async Task A_hint_that_names_the_signed_in_person_changes_nothing_even_after_it_expires()
    {
        Assert.NotNull((await _client.AuthorizeAsync(_alice, ("prompt", "none"), ("id_token_hint", _hint))).Query("code"));
        fixture.System.Clock.Advance(TimeSpan.FromHours(2));
        Assert.NotNull((await _client.AuthorizeAsync(_alice, ("prompt", "none"), ("id_token_hint", _hint))).Query("code"));
    }
}
