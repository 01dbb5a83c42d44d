using McpOidc.Tests.Hosting;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Account;

/// <summary>The account page of a user with more grants than anyone would read.</summary>
public sealed class ManyInstallationsTests
{
    private const int Many = 2_100;

    [Fact]
    public async Task The_newest_of_thousands_of_installations_comes_first_and_the_oldest_can_be_reached()
    {
        await using var signedIn = await SignedInSystem.StartAsync();
        await AddAsync(signedIn);
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(1));
        using var client = signedIn.System.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["client_name"] = "Newest tool";
        await client.RegisterAsync(metadata);
        await client.SignInAsync(signedIn.Browser);

        var first = await ShownAccount.OpenAsync(signedIn.System, signedIn.Browser);
        Assert.Contains("Newest tool", first.Cards[0], StringComparison.Ordinal);
        var last = await ShownAccount.ReadAsync(await signedIn.Browser.GetAsync($"{signedIn.System.Issuer}/account?after={Many}"));
        Assert.Equal(2, last.Cards.Count);
        Assert.Contains("Test client", last.Cards[1], StringComparison.Ordinal);
    }

    private static async Task AddAsync(SignedInSystem signedIn)
    {
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(1));
        var grants = signedIn.System.Server.Services.GetRequiredService<Grants>();
        var subject = Jwt.Read(signedIn.Tokens.AccessToken)["sub"]!;
        foreach (var some in Enumerable.Range(0, Many).Chunk(100))
        {
            await Task.WhenAll(
                some.Select(number =>
                    grants.CreateForAccessTokenAsync(
                        subject,
                        $"tool-{number}",
                        signedIn.System.Idp!.Issuer,
                        ["openid"],
                        signedIn.System.Resource,
                        CancellationToken.None
                    )
                )
            );
        }
    }
}
