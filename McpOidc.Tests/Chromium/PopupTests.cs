namespace McpOidc.Tests.Chromium;

/// <summary>A web client that signs users in through a popup, and what another window can do with that.</summary>
[Collection(ChromiumSystem.Collection)]
public sealed class PopupTests(ChromiumSystem system)
{
    private ChromiumWindow Window => system.Window;

    [ChromiumFact]
    public async Task The_window_that_opened_the_sign_in_popup_receives_the_response()
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync(script: true);
        await Window.GoAsync($"{system.LoopbackUri}/app#{Uri.EscapeDataString(ChromiumSystem.AuthorizeUrl(client))}");

        var consent = await Window.OpenPopupAsync("button", "Connect");
        Assert.Equal("Allow access? · Example Labs", consent.Title);
        await Window.ClickAsync("button", "Allow");
        await Window.SignInAtProviderAsync();

        await Window.ReturnAsync("Signed in with state-1");
    }

    [ChromiumFact]
    public async Task A_use_mcp_web_client_signs_in_through_its_popup_calls_and_refreshes()
    {
        await Window.OpenAsync(script: true);
        await Window.GoAsync($"{system.UseMcpPage}#{Uri.EscapeDataString(system.System.Resource)}");

        // The SDK's transport starts a sign-in at 401, then use-mcp starts another with a new code_verifier, in the same window.
        var consent = await Window.OpenPopupAsync("button", "Connect", times: 2);
        Assert.Equal("Allow access? · Example Labs", consent.Title);
        await Window.ClickAsync("button", "Allow");
        await Window.ClickAsync("button", "Example staff");
        await Window.SignInAndLeaveAsync();
        await Window.ReturnAsync("ready");
        await Window.StrikeAsync("button", "Call");
        await Window.ReturnAsync("1 calls");

        system.System.Clock.Advance(TimeSpan.FromMinutes(20));
        await Window.StrikeAsync("button", "Call");
        await Window.ReturnAsync("2 calls");
    }

    // A click that a user meant for a window which covered ours and has closed (double-clickjacking). Time is stopped, so that even a slow
    // machine is still in the first half second.
    [ChromiumFact]
    public async Task The_Allow_button_ignores_clicks_in_the_first_half_second_of_the_page()
    {
        using var client = await system.RegisterAsync();
        await Window.OpenAsync();
        await Window.PaceAsync(0);
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));

        var struck = await Window.StrikeAsync("button", "Allow");
        Assert.Equal("/oauth/consent", struck.Url.AbsolutePath);
        Assert.Equal("Allow access? · Example Labs", struck.Title);

        await Window.PaceAsync(1);
        var provider = await Window.ClickAsync("button", "Allow");
        Assert.StartsWith(system.System.Idp!.Issuer, provider.Url.AbsoluteUri, StringComparison.Ordinal);
    }
}
