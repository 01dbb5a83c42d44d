namespace McpOidc.Tests.Chromium;

/// <summary>Whole journeys in a real browser without JavaScript: by clicks, and by keys alone.</summary>
[Collection(ChromiumSystem.Collection)]
public sealed class SignInJourneyTests(ChromiumSystem system)
{
    private ChromiumWindow Window => system.Window;

    [ChromiumFact]
    public async Task A_person_signs_in_by_clicks()
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

    [ChromiumFact]
    public async Task A_person_signs_in_by_keys_alone()
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();

        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        var passed = await Window.TabToAsync("button", "Allow");
        Assert.Equal(
            ["checkbox Remember this decision", "checkbox The application runs on another computer", "button Deny", "button Allow"],
            passed.Where(focused =>
                !focused.StartsWith("DisclosureTriangle", StringComparison.Ordinal)
                // A box for each thing that the client need not have.
                && !focused.StartsWith("checkbox Use these tools", StringComparison.Ordinal)
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
    public async Task A_person_refuses(bool byKeys)
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));

        var end = await Window.ActAsync(byKeys, "button", "Deny");

        Assert.Equal("access_denied", end.Query("error"));
    }

    [ChromiumFact]
    public async Task Enter_where_nothing_is_chosen_allows_nothing()
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
    public async Task A_person_chooses_a_provider(bool byKeys)
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();
        await Window.GoAsync(client.AuthorizeUrl());
        var choice = await Window.ActAsync(byKeys, "button", "Allow");
        Assert.Equal("Where do you sign in? · Example Labs", choice.Title);

        await Window.ActAsync(byKeys, "button", "Partners");
        var end = await Window.SignInAtProviderAsync();

        Assert.NotEmpty((await client.RedeemAsync(end.Query("code")!)).AccessToken);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_copies_the_answer_for_a_client_elsewhere(bool byKeys)
    {
        using var client = await system.RegisterAsync("http://localhost:9/callback");
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        if (byKeys)
        {
            await Window.TabToAsync("checkbox", "The application runs on another computer");
            await Window.PressAsync(" ");
        }
        else
        {
            await Window.ClickAsync("checkbox", "The application runs on another computer");
        }

        await Window.ActAsync(byKeys, "button", "Allow");
        var page = await Window.SignInAtProviderAsync();

        Assert.Equal("Finish on the other computer · Example Labs", page.Title);
        await Window.TabToAsync("textbox", "The answer as an address");
        await Window.TabToAsync("textbox", "Only the code in it");
    }

    [ChromiumFact]
    public async Task An_application_with_a_private_scheme_waits_for_a_key_or_a_click()
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
    public async Task An_error_says_what_to_do_and_names_its_reference()
    {
        await Window.OpenAsync();

        var page = await Window.GoAsync(system.System.Issuer + "/authorize?client_id=nobody");

        Assert.Equal("Sign-in problem · Example Labs", page.Title);
        Assert.Matches("Reference: <code>[A-Za-z0-9_-]{10}</code>", page.Html);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_signs_out(bool byKeys)
    {
        await Window.OpenAsync();
        await Window.GoAsync(system.System.Issuer + "/session/end");

        Assert.Equal("Signed out · Example Labs", (await Window.ActAsync(byKeys, "button", "Sign out")).Title);
    }
}
