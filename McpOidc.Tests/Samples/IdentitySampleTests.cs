using McpOidc.Tests.Chromium;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Samples;

/// <summary>samples/IdentityApp unmodified: a user with a real browser on the stock pages of ASP.NET Core Identity, and MCP clients (issue
/// 24, bar 3).</summary>
public sealed class IdentitySampleTests : IAsyncDisposable
{
    private const string Email = "alice@example.com";

    // Any page can serve as the client's redirect address.
    private const string ClientPath = "/Identity/Account/ForgotPassword";
    private const string Password = "Correct-horse-1";
    private readonly string _folder = Directory.CreateTempSubdirectory("mcpoidc-identity-").FullName;
    private readonly string _origin = $"http://localhost:{Loopback.FreePort()}";

    [ChromiumFact]
    public async Task A_person_signs_in_with_password_or_passkey_and_a_new_password_ends_every_client_on_refresh()
    {
        await using var program = await StartAsync();
        await using var window = new ChromiumWindow();
        await window.OpenAsync(script: true);
        await window.AddPasskeyDeviceAsync();
        await RegisterAsync(window);
        await AddPasskeyAsync(window);

        // She is signed in at the application, so the first client only needs consent.
        var (first, firstTokens) = await ConnectAsync(window, () => window.ClickAsync("button", "Allow"));
        using var _ = first;
        Assert.Equal(Email, JwtReader.Payload(firstTokens["id_token"]!)["email"]!.ToString());

        // After signing out, she signs in with her passkey for a second client.
        await SignOutAsync(window);
        Assert.Equal("invalid_grant", (await first.RefreshAsync(firstTokens.RefreshToken)).Error);
        var (second, secondTokens) = await ConnectAsync(
            window,
            async () =>
            {
                var login = await window.ClickAsync("button", "Allow");
                Assert.Equal("/sign-in", login.Url.AbsolutePath);
                return await window.ClickAsync("button", "Sign in with a passkey");
            }
        );
        using var disposingSecond = second;
        var (third, thirdTokens) = await ConnectAsync(window, () => window.ClickAsync("button", "Allow"));
        using var disposingThird = third;
        Assert.Equal(
            JwtReader.Payload(firstTokens.AccessToken)["sub"]!.ToString(),
            JwtReader.Payload(secondTokens.AccessToken)["sub"]!.ToString()
        );
        secondTokens = await second.RefreshAsync(secondTokens.RefreshToken);
        Assert.Equal(200, secondTokens.Status);

        await ChangePasswordAsync(window);
        Assert.Equal("invalid_grant", (await second.RefreshAsync(secondTokens.RefreshToken)).Error);
        Assert.Equal("invalid_grant", (await third.RefreshAsync(thirdTokens.RefreshToken)).Error);

        // The browser in which she changed it stays signed in.
        var (fourth, fourthTokens) = await ConnectAsync(window, () => window.ClickAsync("button", "Allow"));
        using var disposingFourth = fourth;
        Assert.Equal(200, (await fourth.RefreshAsync(fourthTokens.RefreshToken)).Status);
    }

    private async Task RegisterAsync(ChromiumWindow window)
    {
        await window.GoAsync(_origin + "/Identity/Account/Register?ReturnUrl=%2Fpasskeys");
        await window.FillAsync("Email", Email);
        await window.FillAsync("Password", Password);
        await window.FillAsync("Confirm Password", Password);
        var page = await window.ClickAsync("button", "Register");
        Assert.Equal(_origin + "/passkeys", page.Url.AbsoluteUri);
    }

    private static async Task AddPasskeyAsync(ChromiumWindow window)
    {
        var page = await window.ClickAsync("button", "Add a passkey");
        Assert.Equal("?added", page.Url.Query);
    }

    private async Task SignOutAsync(ChromiumWindow window)
    {
        await window.GoAsync(_origin + "/Identity/Account/Manage");
        await window.ClickAsync("button", "Sign out");
    }

    private async Task ChangePasswordAsync(ChromiumWindow window)
    {
        await window.GoAsync(_origin + "/Identity/Account/Manage/ChangePassword");
        await window.FillAsync("Current password", Password);
        await window.FillAsync("New password", Password + "2");
        await window.FillAsync("Confirm new password", Password + "2");
        var page = await window.ClickAsync("button", "Update password");
        Assert.Contains("Your password has been changed", page.Html, StringComparison.Ordinal);
    }

    /// <summary>Connects a client that has just registered.</summary>
    /// <param name="window">The user's browser.</param>
    /// <param name="actAsync">What the user does from the consent page on.</param>
    private async Task<(OAuthClient Client, TokenAnswer Tokens)> ConnectAsync(ChromiumWindow window, Func<Task<ShownPage>> actAsync)
    {
        var client = new OAuthClient(_origin, _origin + "/mcp") { RedirectUri = _origin + ClientPath };
        await client.RegisterAsync();
        await window.GoAsync(client.AuthorizeUrl());
        var page = await actAsync();
        var code = page.Query("code");
        Assert.True(code is not null, $"{page.Url} {page.Html}");
        return (client, await client.RedeemAsync(code));
    }

    private Task<ProgramProcess> StartAsync() =>
        ProgramProcess.StartAssemblyAsync(
            Path.Combine(AppContext.BaseDirectory, "IdentityApp.dll"),
            _folder,
            new Uri(_origin + "/sign-in"),
            new Dictionary<string, string>
            {
                ["ConnectionStrings__users"] = $"Data Source={Path.Combine(_folder, "users.db")}",
                ["McpOidc__Sqlite__Path"] = Path.Combine(_folder, "mcpoidc.db"),
                ["McpOidc__ResourceServer__Resource"] = _origin + "/mcp",
                // Called at every refresh.
                ["McpOidc__IdentityProvider__UserCheckInterval"] = "00:00:00",
            }
        );

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
