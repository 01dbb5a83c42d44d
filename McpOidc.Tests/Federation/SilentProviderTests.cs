using System.Net;
using System.Net.Sockets;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>An identity provider that accepts connections but never responds.</summary>
public sealed class SilentProviderTests
{
    [Fact]
    public async Task The_client_is_told_that_the_provider_does_not_respond()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = new IdentityProviderSettings(
                $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}",
                "mcpoidc",
                "secret"
            );
            options.Set("McpOidc:IdentityProvider:Timeout", "00:00:01");
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();

        var result = await client.AuthorizeAsync(browser);

        Assert.True(client.IsRedirectUri(result.Uri), $"{result.Uri} {result.Html}");
        Assert.Equal("temporarily_unavailable", result.Query("error"));
        Assert.Equal("state-1", result.Query("state"));
    }

    [Fact]
    public async Task A_server_started_without_its_provider_finds_it_later_even_while_people_keep_trying()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var system = await TestSystem.StartAsync(options => options.Provider = idp.Settings);
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        idp.IsAway = true;
        Assert.Equal("temporarily_unavailable", (await client.AuthorizeAsync(browser)).Query("error"));

        idp.IsAway = false;
        system.Clock.Advance(TimeSpan.FromSeconds(1));
        await client.AuthorizeAsync(browser);
        system.Clock.Advance(TimeSpan.FromSeconds(1.5));

        Assert.NotNull((await client.AuthorizeAsync(browser)).Query("code"));
    }
}
