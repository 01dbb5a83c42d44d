using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>Sign-in, a tool's token, refresh and liveness with third-party providers, packaged by Debian.</summary>
public sealed class RealProviderTests
{
    // The document is not below the issuer, there is no offline_access, and a refused refresh has an empty body. A user who is only
    // disabled there stays signed in: glewlwyd 2.7.5 still refreshes their tokens.
    [GlewlwydFact]
    public async Task People_from_glewlwyd_sign_in_refresh_and_are_signed_out_within_the_interval_after_removal_there()
    {
        var port = Loopback.FreePort();
        await using var glewlwyd = await GlewlwydServer.StartAsync($"http://localhost:{port}/oauth/callback");
        await glewlwyd.AddPersonAsync("dave");
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.ServerPort = port;
            options.Provider = new(glewlwyd.Issuer, GlewlwydServer.ClientId, GlewlwydServer.ClientSecret, "openid");
            options.Set("McpOidc:IdentityProvider:MetadataAddress", glewlwyd.MetadataAddress);
            options.Set("McpOidc:IdentityProvider:UserLiveness", "Always");
            options.Map = SessionEndpoint.Map;
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var page = await client.AuthorizeAsync(browser);
        Assert.EndsWith("/login.html", page.Uri.AbsolutePath, StringComparison.Ordinal);
        var back = await browser.OpenAsync(await glewlwyd.SignInAsync(browser, "dave", page.Uri), client.IsRedirectUri);

        await AssertLivesUntilAsync(system, client, back, () => glewlwyd.RemovePersonAsync("dave"));
    }

    // Claims come from the userinfo endpoint, and its document does not list offline_access.
    [LemonFact]
    public async Task People_from_LemonLDAP_sign_in_refresh_and_are_signed_out_within_the_interval_after_removal_there()
    {
        var port = Loopback.FreePort();
        await using var lemon = await LemonServer.StartAsync($"http://localhost:{port}/oauth/callback");
        lemon.AddPerson("dave");
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.ServerPort = port;
            options.Provider = new(lemon.Issuer, LemonServer.ClientId, LemonServer.ClientSecret, "openid email profile offline_access");
            options.Map = SessionEndpoint.Map;
        });
        using var client = system.CreateClient();
        using var browser = new Browser { UserName = "dave" };
        await client.RegisterAsync();
        var back = await client.AuthorizeAsync(browser);

        await AssertLivesUntilAsync(
            system,
            client,
            back,
            () =>
            {
                lemon.RemovePerson("dave");
                return Task.CompletedTask;
            }
        );
    }

    private static async Task AssertLivesUntilAsync(TestSystem system, OAuthClient client, BrowserResult back, Func<Task> removeAsync)
    {
        var warnings = system.Server.Logs.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.True(back.Query("code") is not null, $"{back.Status} {back.Uri} {back.Html}\n{string.Join('\n', warnings)}");
        var tokens = await client.RedeemAsync(back.Query("code")!);
        Assert.Equal("dave@example.com", (await ReadAsync("/session"))["claims"]!["email"]!.ToString());
        var first = await TokenAsync();

        system.Clock.Advance(TimeSpan.FromMinutes(61));
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, tokens.Status);
        Assert.NotEqual(first, await TokenAsync());

        await removeAsync();
        system.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);

        async Task<string> TokenAsync() => (await ReadAsync("/idp-token"))["access_token"]!.ToString();

        async Task<JsonNode> ReadAsync(string path)
        {
            using var response = await client.CallAsync(system.McpOrigin + path, tokens.AccessToken, HttpMethod.Get);
            response.EnsureSuccessStatusCode();
            return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        }
    }
}
