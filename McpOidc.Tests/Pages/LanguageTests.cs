using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Pages;

/// <summary>A page is in its reader's language.</summary>
public sealed class LanguageTests : IAsyncLifetime
{
    private TestSystem _system = null!;
    private OAuthClient _client = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Pages:DefaultLanguage", "es");
            options.Set("McpOidc:Pages:Languages:ar:Texts:SignOutTitle", "تسجيل الخروج؟");
            options.Set("McpOidc:Pages:Languages:de:Texts:SignOutButton", "Fertig & weg");
        });
        _client = _system.CreateClient();
        await _client.RegisterAsync();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _system.DisposeAsync();
    }

    [Theory]
    [InlineData("de", "de", "Abmelden?")]
    [InlineData("de-AT,de;q=0.9,en;q=0.8", "de", "Abmelden?")]
    [InlineData("fr;q=0.5, ja", "ja", "サインアウトしますか？")]
    [InlineData("zh-CN, fr;q=0.5, en;q=0.4", "fr", "Se déconnecter ?")]
    [InlineData("EN-gb", "en", "Sign out?")]
    [InlineData("en;q=0, zh", "es", "¿Cerrar la sesión?")]
    [InlineData("zh", "es", "¿Cerrar la sesión?")]
    [InlineData("*", "es", "¿Cerrar la sesión?")]
    [InlineData("", "es", "¿Cerrar la sesión?")]
    [InlineData("not a list;;;q=x", "es", "¿Cerrar la sesión?")]
    public async Task The_browser_determines_the_language(string accepted, string language, string heading)
    {
        var (html, contentLanguage) = await GetAsync("/session/end", accepted);

        var document = new HtmlParser().ParseDocument(html);
        Assert.Equal(language, document.DocumentElement.GetAttribute("lang"));
        Assert.Equal("ltr", document.DocumentElement.GetAttribute("dir"));
        Assert.Equal(language, contentLanguage);
        Assert.Equal(heading, document.QuerySelector("h1")!.TextContent);
    }

    [Fact]
    public async Task The_language_requested_by_the_client_takes_precedence_over_that_of_the_browser()
    {
        using var browser = new Browser();
        var consent = await _client.OpenConsentAsync(browser, ("ui_locales", "xx fr-CA de"));
        Assert.Contains("<html lang=\"fr\"", consent.Html, StringComparison.Ordinal);
        Assert.Contains("Autoriser l’accès à", consent.Html, StringComparison.Ordinal);

        var (error, _) = await GetAsync("/authorize?client_id=nobody&ui_locales=ja", "de");
        Assert.Contains("参照番号", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configured_language_is_used_with_its_direction_and_missing_texts_are_in_English()
    {
        var (html, _) = await GetAsync("/session/end", "ar-EG");

        Assert.Contains("<html lang=\"ar\" dir=\"rtl\">", html, StringComparison.Ordinal);
        Assert.Contains("<h1>تسجيل الخروج؟</h1>", html, StringComparison.Ordinal);
        Assert.Contains("This browser forgets who you are.", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configured_text_replaces_the_built_in_one_and_is_encoded_as_text()
    {
        var (html, _) = await GetAsync("/session/end", "de");

        Assert.Contains("Fertig &amp; weg", html, StringComparison.Ordinal);
        Assert.Contains("Abmelden?", html, StringComparison.Ordinal);
    }

    private async Task<(string Html, string? Language)> GetAsync(string path, string accepted)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _system.Issuer + path);
        request.Headers.TryAddWithoutValidation("Accept-Language", accepted);
        request.Headers.Accept.ParseAdd("text/html");
        using var response = await _client.Http.SendAsync(request);
        return (await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentLanguage.SingleOrDefault());
    }
}
