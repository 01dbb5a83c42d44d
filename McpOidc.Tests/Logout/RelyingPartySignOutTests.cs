using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Logout;

/// <summary>Sign-out requested by relying parties: the id_token identifies them (OpenID Connect RP-Initiated Logout §2, §3; security
/// cases B24, B34).</summary>
public sealed class RelyingPartySignOutTests : IAsyncLifetime
{
    private const string Bye = "https://portal.example/bye?x=1";
    private const string Application = "portal://app/bye";
    private readonly Browser _browser = new();
    private TestSystem _system = null!;
    private OAuthClient _client = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync(options =>
            options.AddClient(
                0,
                "portal",
                key: null,
                ("GrantTypes:0", "authorization_code"),
                ("GrantTypes:1", "refresh_token"),
                ("RedirectUris:0", "https://portal.example/cb"),
                ("PostLogoutRedirectUris:0", Bye),
                ("PostLogoutRedirectUris:1", Application)
            )
        );
        _client = _system.CreateClient("portal");
        _client.RedirectUri = "https://portal.example/cb";
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_sign_out_the_browser_returns_to_a_configured_client_with_the_state_even_without_a_client_id(bool namesItself)
    {
        var tokens = await _client.SignInAsync(_browser);

        var end = await EndAsync(tokens["id_token"], Bye, namesItself ? "portal" : null);

        Assert.Equal(Bye + "&state=s%26t", end.Uri.AbsoluteUri);
        await AssertSignedOutAsync();
    }

    [Fact]
    public async Task A_person_other_than_the_hint_names_is_asked_told_the_destination_and_then_returned()
    {
        using var bob = new Browser { UserName = "bob" };
        var hint = (await _client.SignInAsync(bob))["id_token"];
        await _client.SignInAsync(_browser);

        var shown = await EndAsync(hint, Bye, clientId: null);
        Assert.Contains("You then continue to <bdi>portal.example</bdi>", shown.Html, StringComparison.Ordinal);
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));

        Assert.Equal(Bye + "&state=s%26t", await PressAsync(shown));
        await AssertSignedOutAsync();
    }

    [Theory]
    [InlineData("another key", Bye)]
    [InlineData("another issuer", Bye)]
    [InlineData("access token", Bye)]
    [InlineData("no token", Bye)]
    [InlineData("no token", "https://other.example/bye")]
    public async Task An_unverifiable_hint_does_not_sign_the_person_out_before_they_confirm_and_redirects_nowhere(
        string what,
        string address
    )
    {
        var tokens = await _client.SignInAsync(_browser);
        var payload = JwtReader.Payload(tokens["id_token"]!);
        var own = Forgery.KeyOf(_system);
        payload["iss"] = what == "another issuer" ? "https://evil.example" : payload["iss"]!.ToString();
        var hint = what switch
        {
            "another key" => Forgery.Sign(
                payload,
                new SigningCredentials(new ECDsaSecurityKey(System.Security.Cryptography.ECDsa.Create()), "ES256"),
                "JWT"
            ),
            "another issuer" => Forgery.Sign(payload, own, "JWT"),
            "access token" => tokens.AccessToken,
            _ => "no.token.atall",
        };

        var shown = await EndAsync(hint, address, clientId: null);

        Assert.Contains("Sign out?", shown.Html, StringComparison.Ordinal);
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));
        Assert.Null(await PressAsync(shown));
        await AssertSignedOutAsync();
    }

    [Fact]
    public async Task An_expired_hint_is_still_accepted()
    {
        var tokens = await _client.SignInAsync(_browser);
        _system.Clock.Advance(TimeSpan.FromDays(8));
        Assert.Equal(Bye + "&state=s%26t", (await EndAsync(tokens["id_token"], Bye, clientId: null)).Uri.AbsoluteUri);
    }

    // A double click on the website's link, or a session here that ended before the website's.
    [Theory]
    [InlineData(0)]
    [InlineData(400)]
    public async Task Who_is_signed_out_already_is_returned_without_a_question(int days)
    {
        var hint = (await _client.SignInAsync(_browser))["id_token"];
        if (days == 0)
        {
            Assert.Equal(Bye + "&state=s%26t", (await EndAsync(hint, Bye, clientId: null)).Uri.AbsoluteUri);
        }

        _system.Clock.Advance(TimeSpan.FromDays(days));
        Assert.Equal(Bye + "&state=s%26t", (await EndAsync(hint, Bye, clientId: null)).Uri.AbsoluteUri);
        Assert.Contains("You are signed out here", (await EndAsync(hint, address: null, clientId: null)).Html, StringComparison.Ordinal);
    }

    // A form on the website sends none of our cookies (SameSite=Lax), so it does not show who is signed in.
    [Fact]
    public async Task A_request_without_cookies_is_asked_about()
    {
        var hint = (await _client.SignInAsync(_browser))["id_token"];
        using var posted = await _client.Http.PostAsync(
            _system.Issuer + "/session/end",
            new FormUrlEncodedContent([new("id_token_hint", hint!), new("post_logout_redirect_uri", Bye)])
        );
        Assert.Contains("Sign out?", await posted.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));
    }

    [Fact]
    public async Task An_application_with_a_private_scheme_is_opened_by_a_click()
    {
        var tokens = await _client.SignInAsync(_browser);
        using var answer = await _browser.GetAsync(Url(tokens["id_token"], Application, clientId: null));
        Assert.Null(answer.Headers.Location);
        Assert.Contains($"href=\"{Application}?state=s%26t\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_person_signs_out_with_the_id_token_of_a_client_that_no_longer_exists(bool namesItself, bool hasAddress)
    {
        using var client = _system.CreateClient();
        var registered = await client.RegisterAsync(OAuthClient.StoredMetadata(OAuthClient.DefaultRedirectUri));
        var tokens = await client.SignInAsync(_browser);
        using var delete = new HttpRequestMessage(HttpMethod.Delete, registered["registration_client_uri"]!.ToString());
        delete.Headers.Authorization = new("Bearer", registered["registration_access_token"]!.ToString());
        using var deleted = await client.Http.SendAsync(delete);
        Assert.Equal(204, (int)deleted.StatusCode);

        var end = await EndAsync(tokens["id_token"], hasAddress ? "https://app.example/bye" : null, namesItself ? client.ClientId : null);

        Assert.True(end.Html!.Contains("You are signed out here", StringComparison.Ordinal), end.Html);
        Assert.DoesNotContain("app.example", end.Html, StringComparison.Ordinal);
        await AssertSignedOutAsync();
    }

    [Fact]
    public async Task A_person_signs_out_while_the_host_of_the_clients_metadata_document_is_down()
    {
        await using var system = await DocumentSystem.StartAsync(options =>
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:StaleIfError", "00:00:00")
        );
        using var client = system.CreateClient(system.Publish());
        var tokens = await client.SignInAsync(_browser);
        system.System.Clock.Advance(TimeSpan.FromMinutes(10));
        system.Transport.Connections = System.Net.Sockets.SocketError.ConnectionRefused;
        var end = await _browser.OpenAsync(
            QueryHelpers.AddQueryString(
                system.System.Issuer + "/session/end",
                new Dictionary<string, string?> { ["id_token_hint"] = tokens["id_token"], ["post_logout_redirect_uri"] = Bye }
            ),
            _ => true
        );
        Assert.Contains("You are signed out here", end.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_is_asked_if_an_unknown_client_sends_them_without_an_id_token()
    {
        await _client.SignInAsync(_browser);
        var shown = await EndAsync(hint: null, Bye, "nobody");
        Assert.Contains("Sign out?", shown.Html, StringComparison.Ordinal);
        Assert.Null(await PressAsync(shown));
        await AssertSignedOutAsync();
    }

    [Fact]
    public async Task A_post_logout_redirect_URI_of_another_client_is_refused()
    {
        var tokens = await _client.SignInAsync(_browser);
        var end = await EndAsync(tokens["id_token"], "https://other.example/bye", clientId: null);
        Assert.Equal(400, end.Status);
    }

    private string Url(string? hint, string? address, string? clientId) =>
        QueryHelpers.AddQueryString(
            _system.Issuer + "/session/end",
            new Dictionary<string, string?>
            {
                ["id_token_hint"] = hint,
                ["client_id"] = clientId,
                ["post_logout_redirect_uri"] = address,
                ["state"] = address is null ? null : "s&t",
            }.Where(parameter => parameter.Value is not null)
        );

    private Task<BrowserResult> EndAsync(string? hint, string? address, string? clientId) =>
        _browser.OpenAsync(Url(hint, address, clientId), _ => true);

    private async Task<string?> PressAsync(BrowserResult shown)
    {
        var (action, fields) = _browser.ReadForm(shown.Html!, new Uri(_system.Issuer + "/session/end"))!.Value;
        using var pressed = await _browser.PostAsync(action, fields);
        return pressed.Headers.Location?.AbsoluteUri;
    }

    private async Task AssertSignedOutAsync() =>
        Assert.Equal("login_required", (await _client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
}
