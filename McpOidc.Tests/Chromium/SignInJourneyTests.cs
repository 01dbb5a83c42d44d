namespace McpOidc.Tests.Chromium;

/// <summary>Whole journeys in a real browser without JavaScript: with the mouse, and with the keyboard alone.</summary>
[Collection(ChromiumSystem.Collection)]
public sealed class SignInJourneyTests(ChromiumSystem system)
{
    private ChromiumWindow Window => system.Window;

    [ChromiumFact]
    public async Task A_person_can_sign_in_with_clicks()
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();

        var consent = await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        Assert.Equal("Allow access? · Example Labs", consent.Title);
        await Window.ClickAsync("button", "Allow");
        var end = await Window.SignInAtProviderAsync();

        Assert.Equal("The client has its answer", end.Title);
        Assert.NotEmpty((await client.RedeemAsync(end.Query("code")!)).AccessToken);
    }

    // Details contains the rarer options, to save space; if that is not enough, the buttons stay visible.
    [ChromiumTheory]
    [InlineData(1280, 800, "en", "Allow")]
    [InlineData(390, 844, "en", "Allow")]
    [InlineData(1280, 800, "de", "Erlauben")]
    [InlineData(390, 844, "de", "Erlauben")]
    [InlineData(390, 844, "fr", "Autoriser")]
    [InlineData(390, 844, "es", "Permitir")]
    [InlineData(390, 844, "ja", "許可する")]
    public async Task The_Allow_button_is_visible_when_the_page_opens(int width, int height, string language, string allow)
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync(language, width: width, height: height);
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        var (top, bottom) = await Window.PlaceAsync("button", allow);
        Assert.InRange(top, 0, height);
        Assert.InRange(bottom, 0, height);

        // Also when the page knows the user, and shows who it is.
        await Window.ClickAsync("button", allow);
        await Window.SignInAtProviderAsync();
        await Window.GoAsync(client.AuthorizeUrl(("login_hint", "alice@example.com"), ("prompt", "consent")));
        Assert.InRange((await Window.PlaceAsync("button", allow)).Bottom, 0, height);
    }

    [ChromiumFact]
    public async Task A_person_can_sign_in_with_the_keyboard_alone()
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();

        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        var passed = await Window.TabToAsync("button", "Allow");
        Assert.Equal(
            ["checkbox Remember this decision", "button Deny", "button Allow"],
            passed.Where(focused =>
                !focused.StartsWith("DisclosureTriangle", StringComparison.Ordinal)
                // A checkbox for each optional permission of the client.
                && !focused.StartsWith("checkbox Use on your behalf", StringComparison.Ordinal)
            )
        );
        await Window.PressAsync("Enter");
        await Window.TabToAsync("textbox", "User name");
        await Window.TypeAsync("alice");
        await Window.TabToAsync("textbox", "Password");
        await Window.TypeAsync("alice");
        var end = await Window.PressAsync("Enter");

        Assert.NotEmpty((await client.RedeemAsync(end.Query("code")!)).AccessToken);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_deny_access(bool byKeys)
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));

        var end = await Window.ActAsync(byKeys, "button", "Deny");

        Assert.Equal("access_denied", end.Query("error"));
    }

    [ChromiumFact]
    public async Task Pressing_Enter_without_choosing_a_button_allows_nothing()
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        await Window.TabToAsync("checkbox", "Remember this decision");

        var end = await Window.PressAsync("Enter");

        Assert.NotEqual("/sign-in", end.Url.AbsolutePath);
        Assert.Null(end.Query("code"));
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_choose_a_provider(bool byKeys)
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();
        await Window.GoAsync(client.AuthorizeUrl());
        var choice = await Window.ActAsync(byKeys, "button", "Allow");
        Assert.Equal("Choose where to sign in · Example Labs", choice.Title);

        await Window.ActAsync(byKeys, "button", "Partners");
        var end = await Window.SignInAtProviderAsync();

        Assert.NotEmpty((await client.RedeemAsync(end.Query("code")!)).AccessToken);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_who_may_not_sign_in_can_use_another_account(bool byKeys)
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        await Window.ActAsync(byKeys, "button", "Allow");
        var refused = await Window.SignInAtProviderAsync("bob");
        Assert.Contains("This account cannot sign in here", refused.Html, StringComparison.Ordinal);
        Assert.Contains("bob@example.com", refused.Html, StringComparison.Ordinal);

        await Window.ActAsync(byKeys, "button", "Use another account");
        var end = await Window.SignInAtProviderAsync();

        Assert.NotEmpty((await client.RedeemAsync(end.Query("code")!)).AccessToken);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_copy_the_response_for_a_client_on_another_computer(bool byKeys)
    {
        using var client = await system.RegisterAsync("http://localhost:9/callback");
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        if (byKeys)
        {
            await Window.TabToAsync("DisclosureTriangle", "Details");
            await Window.PressAsync(" ");
            await Window.TabToAsync("checkbox", "The application runs on another computer");
            await Window.PressAsync(" ");
        }
        else
        {
            await Window.ExpandAsync();
            await Window.ClickAsync("checkbox", "The application runs on another computer");
        }

        await Window.ActAsync(byKeys, "button", "Allow");
        var page = await Window.SignInAtProviderAsync();

        Assert.Equal("Finish on the other computer · Example Labs", page.Title);
        await Window.TabToAsync("textbox", "The answer as a URL");
        await Window.TabToAsync("textbox", "Only the code");
    }

    [ChromiumFact]
    public async Task The_redirect_to_a_private_scheme_waits_for_a_key_or_a_click()
    {
        using var client = await system.RegisterAsync("cursor://anysphere.cursor-mcp/oauth/callback", "Cursor");
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        await Window.ClickAsync("button", "Allow");

        var page = await Window.SignInAtProviderAsync();

        Assert.Equal("Back to the application · Example Labs", page.Title);
        Assert.Equal("link Open the application", Assert.Single(await Window.TabToAsync("link", "Open the application")));
    }

    [ChromiumFact]
    public async Task An_error_page_says_what_to_do_and_shows_its_reference()
    {
        await Window.OpenAsync();

        var page = await Window.GoAsync(system.System.Issuer + "/authorize?client_id=nobody");

        Assert.Equal("Sign-in problem · Example Labs", page.Title);
        Assert.Matches("Reference: <code>[A-Za-z0-9_-]{10}</code>", page.Html);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_sign_out(bool byKeys)
    {
        await Window.OpenAsync();
        await Window.GoAsync(system.System.Issuer + "/session/end");

        Assert.Equal("Signed out · Example Labs", (await Window.ActAsync(byKeys, "button", "Sign out")).Title);
    }
}
