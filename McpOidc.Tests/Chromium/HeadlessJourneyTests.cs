using System.Text.RegularExpressions;

namespace McpOidc.Tests.Chromium;

/// <summary>
/// A user gives a program without a browser what it needs, in a real browser without JavaScript: with the mouse, and with the keyboard
/// alone (issue 24, bar 4).
/// </summary>
[Collection(ChromiumSystem.Collection)]
public sealed class HeadlessJourneyTests(ChromiumSystem system)
{
    private ChromiumWindow Window => system.Window;

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_creates_a_token_uses_it_and_revokes_it(bool byKeys)
    {
        await Window.OpenAsync();
        await SignInAsync(byKeys, "/account");
        await Window.ActAsync(byKeys, "link", "Personal access tokens");
        await Window.TabToAsync("textbox", "Name");
        await Window.TypeAsync("release check");
        var made = await Window.ActAsync(byKeys, "button", "Create token");
        var token = Regex.Match(made.Html, "mcpoidc_pat_[0-9A-Za-z]{71}").Value;
        Assert.Equal("Personal access tokens · Example Labs", made.Title);
        Assert.Equal(200, await CallAsync(token));

        var account = await Window.ActAsync(byKeys, "link", "Back to connected applications");
        Assert.Contains("release check", account.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(token, account.Html, StringComparison.Ordinal);
        await Window.ActAsync(byKeys, "button", "Sign out release check");
        Assert.Equal(401, await CallAsync(token));
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_enter_the_code_of_a_device_and_allow_access(bool byKeys)
    {
        using var device = await system.BeginDeviceAsync();
        await Window.OpenAsync();
        Assert.Equal("Connect a device · Example Labs", (await SignInAsync(byKeys, "/device")).Title);
        await Window.TabToAsync("textbox", "Code");
        await Window.TypeAsync(device.UserCode);
        var asked = await Window.ActAsync(byKeys, "button", "Continue");
        Assert.Contains("Living room", asked.Html, StringComparison.Ordinal);

        var done = await Window.ActAsync(byKeys, "button", "Allow");

        Assert.Contains("The device is connected", done.Html, StringComparison.Ordinal);
        Assert.Equal(200, (await device.PollAsync()).Status);
    }

    // In the code's field, Enter only activates Continue, and in the question, Enter denies.
    [ChromiumFact]
    public async Task A_person_who_only_presses_Enter_grants_nothing()
    {
        using var device = await system.BeginDeviceAsync();
        await Window.OpenAsync();
        await SignInAsync(byKeys: true, $"/device?user_code={device.UserCode}");
        await Window.TabToAsync("button", "Continue");
        await Window.PressAsync("Enter");
        await Window.TabToAsync("button", "Deny");
        var done = await Window.PressAsync("Enter");

        Assert.Contains("was denied access", done.Html, StringComparison.Ordinal);
        Assert.Equal("access_denied", (await device.PollAsync()).Error);
    }

    private async Task<ShownPage> SignInAsync(bool byKeys, string path)
    {
        await Window.GoAsync(system.System.Issuer + path);
        await Window.ActAsync(byKeys, "button", "Example staff");
        return await Window.SignInAtProviderAsync();
    }

    private async Task<int> CallAsync(string token)
    {
        using var client = system.System.CreateClient();
        using var answer = await client.CallAsync(system.System.McpOrigin + "/echo", token);
        return (int)answer.StatusCode;
    }
}
