using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>Sign-in, tools and liveness with Debian's glewlwyd: a document apart from the issuer, the claims at the userinfo endpoint, no
/// <c>offline_access</c>, an empty body for a refresh that it refuses.</summary>
public sealed class GlewlwydTests
{
    [GlewlwydFact]
    public async Task People_of_glewlwyd_sign_in_are_refreshed_and_who_is_removed_there_is_signed_out_here_within_the_interval()
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
        Assert.True(back.Query("code") is not null, $"{back.Status} {back.Uri} {back.Html}");
        var tokens = await client.RedeemAsync(back.Query("code")!);

        var first = await TokenAsync(client, system, tokens);
        Assert.Equal(3, first.Split('.').Length);

        system.Clock.Advance(TimeSpan.FromMinutes(61));
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, tokens.Status);
        Assert.NotEqual(first, await TokenAsync(client, system, tokens));

        await glewlwyd.RemovePersonAsync("dave");
        system.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    private static async Task<string> TokenAsync(OAuthClient client, TestSystem system, TokenAnswer tokens)
    {
        using var response = await client.CallAsync(system.McpOrigin + "/idp-token", tokens.AccessToken, HttpMethod.Get);
        response.EnsureSuccessStatusCode();
        return System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!["access_token"]!.ToString();
    }
}
