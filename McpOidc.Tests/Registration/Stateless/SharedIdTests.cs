using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>An id shared by every installation of a hosted client: no one can take it from the others or flood the log with it (S10,
/// S12).</summary>
public sealed class SharedIdTests
{
    private const string Secret = "a-secret-of-at-least-thirty-two-characters";

    [Fact]
    public async Task Who_registered_first_does_not_delete_it_for_the_others_also_after_the_store_was_lost()
    {
        using var store = TestStore.Sqlite();
        using var empty = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Secret", Secret), store);
        using var client = CreateClient(system);
        var registered = await client.RegisterAsync();
        await SignInAsync(client);
        using var other = CreateClient(system);
        await other.RegisterAsync();
        Assert.Equal(client.ClientId, other.ClientId);
        Assert.Equal(403, await DeleteAsync(client, registered));

        system.Clock.Advance(TimeSpan.FromDays(2));
        await system.RestartAsync(empty);

        Assert.Equal(403, await DeleteAsync(client, registered));
        await SignInAsync(other);
        Assert.Equal(403, await DeleteAsync(client, registered));
        await SignInAsync(other);
    }

    [Fact]
    public async Task A_client_that_has_just_registered_deletes_itself_wherever_it_is_answered()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = CreateClient(system);
        var registered = await client.RegisterAsync();
        Assert.Equal(204, await DeleteAsync(client, registered));
        Assert.Equal(401, await DeleteAsync(client, registered));
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
    }

    [Fact]
    public async Task Of_many_registrations_that_get_the_known_id_a_sample_is_logged()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = CreateClient(system);
        await client.RegisterAsync();
        await SignInAsync(client);
        var known = client.ClientId;
        for (var i = 0; i < 200; i++)
        {
            await client.RegisterAsync();
            Assert.Equal(known, client.ClientId);
        }

        // Sixty per minute, and the test may span two.
        Assert.InRange(Count("client.registered: "), 50, 130);
        Assert.InRange(Count("Answered a registration with the existing client"), 50, 130);

        int Count(string text) => system.Server.Logs.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    private static OAuthClient CreateClient(TestSystem system)
    {
        var client = system.CreateClient();
        client.RedirectUri = "https://claude.example/api/mcp/auth_callback";
        return client;
    }

    private static async Task SignInAsync(OAuthClient client)
    {
        using var browser = new Browser();
        Assert.Equal(200, (await client.RedeemAsync(await client.GetCodeAsync(browser))).Status);
    }

    private static async Task<int> DeleteAsync(OAuthClient client, JsonObject registered)
    {
        using var answer = await client.CallAsync(
            registered["registration_client_uri"]!.ToString(),
            registered["registration_access_token"]!.ToString(),
            HttpMethod.Delete
        );
        return (int)answer.StatusCode;
    }
}
