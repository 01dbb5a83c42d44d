using McpOidc.Tests.Hosting;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Account;

/// <summary>The account page shows what each application may do, and lets a user take back single scopes.</summary>
public sealed class TakenBackScopeTests
{
    private const string Asked = "openid files:read files:write";

    [Fact]
    public async Task A_withdrawn_scope_is_missing_from_the_next_token_and_needs_a_new_consent()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Scopes:0:Name", "files:write");
            options.Set("McpOidc:Scopes:0:Title", "Change your files");
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", Asked)));

        var page = await ShownAccount.OpenAsync(system, browser);
        Assert.Contains("Change your files", page.Html, StringComparison.Ordinal);
        var grant = Jwt.Read(tokens.AccessToken)["sid"]!;
        Assert.Contains("Removed.", (await page.PressAsync(browser, $"{grant} files:write")).Html, StringComparison.Ordinal);
        Assert.Equal(400, (await page.PressAsync(browser, $"{grant} openid")).Status);
        Assert.Equal(400, (await page.PressAsync(browser, "another files:write")).Status);

        // On a refresh, SDKs send the scopes they were granted: not an error.
        tokens = await client.RefreshAsync(tokens.RefreshToken, ("scope", Asked));
        Assert.Equal((200, "openid files:read"), (tokens.Status, tokens["scope"]));
        var after = await ShownAccount.OpenAsync(system, browser);
        Assert.DoesNotContain("Change your files", after.Html, StringComparison.Ordinal);
        var asked = await client.OpenConsentAsync(browser, ("scope", Asked));
        Assert.Contains("Change your files", asked.Html, StringComparison.Ordinal);
    }
}
