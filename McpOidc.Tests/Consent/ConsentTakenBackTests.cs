using McpOidc.Sessions;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Consent;

/// <summary>A user revokes a client's access in another window during an authorization request (security case B31).</summary>
public sealed class ConsentTakenBackTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_consent_that_was_taken_back_is_asked_for_again(bool isAtProvider, bool isRemembered)
    {
        using var client = await fixture.RegisterAsync();
        var subject = JwtReader.Payload((await client.SignInAsync(_browser)).AccessToken)["sub"]!.ToString();
        using var other = await fixture.RegisterAsync();
        using var elsewhere = new Browser();
        var browser = isAtProvider ? elsewhere : _browser;
        var page = await other.OpenConsentAsync(browser);
        var (action, fields) = browser.ReadForm(page.Html!, page.Uri)!.Value;
        fields["remember"] = isRemembered ? "yes" : "no";
        using var allowed = await browser.PostAsync(action, fields);
        Assert.Equal(303, (int)allowed.StatusCode);

        var users = fixture.System.Server.Services.GetRequiredService<UserSessions>();
        await users.ForgetConsentsAsync(subject, clientId: null, CancellationToken.None);

        var asked = await browser.OpenAsync(
            new Uri(action, allowed.Headers.Location!).AbsoluteUri,
            uri => other.IsRedirectUri(uri) || uri is { AbsolutePath: "/oauth/consent", Query: "" }
        );
        Assert.True(asked.Uri.AbsolutePath == "/oauth/consent", $"{asked.Status} {asked.Uri}");
        Assert.Null(asked.Query("code"));

        // Allowing it again completes the request; consent is remembered if the user says so.
        (action, fields) = browser.ReadForm(asked.Html!, asked.Uri)!.Value;
        fields["remember"] = isRemembered ? "yes" : "no";
        using var again = await browser.PostAsync(action, fields);
        var done = await browser.OpenAsync(new Uri(action, again.Headers.Location!).AbsoluteUri, other.IsRedirectUri);
        Assert.NotNull(done.Query("code"));
        var silent = await other.AuthorizeAsync(browser, ("prompt", "none"));
        Assert.Equal(isRemembered, silent.Query("code") is not null);
    }

    [Fact]
    public async Task A_consent_page_opened_before_the_withdrawal_stores_no_consent()
    {
        using var client = await fixture.RegisterAsync();
        var subject = JwtReader.Payload((await client.SignInAsync(_browser)).AccessToken)["sub"]!.ToString();
        using var other = await fixture.RegisterAsync();
        var page = await other.OpenConsentAsync(_browser);
        var users = fixture.System.Server.Services.GetRequiredService<UserSessions>();
        await users.ForgetConsentsAsync(subject, clientId: null, CancellationToken.None);

        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        fields["remember"] = "yes";
        using var allowed = await _browser.PostAsync(action, fields);

        Assert.Empty((await users.FindAsync(subject, CancellationToken.None))!.Consents);
    }
}
