using System.Net;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.PersonalAccessTokens;

namespace McpOidc.Tests.SignIn.Application;

/// <summary>Personal access tokens of users who sign in at the application, which issues no tokens itself.</summary>
public sealed class ApplicationTokenTests
{
    [Fact]
    public async Task An_application_user_can_create_a_token_even_slowly_and_it_ends_with_the_user()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var page = new TokenPage(world.System, browser);
        await page.OpenAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(20));

        var token = await page.SendAsync("nightly build");

        Assert.NotNull(token);
        Assert.Equal(1, world.Forms);
        Assert.True(await OpensAsync(world, token));
        world.People.Remove("alice");
        world.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.False(await OpensAsync(world, token));
    }

    private static async Task<bool> OpensAsync(ApplicationWorld world, string token)
    {
        using var client = world.System.CreateClient();
        using var response = await client.CallAsync(world.System.Resource, token);
        return response.StatusCode != HttpStatusCode.Unauthorized;
    }
}
