using McpOidc.Tests.Federation.Simulators;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>How the user endpoint of a provider without OpenID Connect is called.</summary>
public sealed class UserEndpointTests
{
    // https://www.dropbox.com/developers/documentation/http/documentation#users-get_current_account
    [Fact]
    public async Task A_user_endpoint_that_wants_POST_is_called_so_at_sign_in_and_afterwards()
    {
        await using var provider = new SimulatedGitHub { UserMethod = "POST" };
        await using var signedIn = await OAuthProviderTests.StartAsync(
            "another",
            provider,
            ("McpOidc:IdentityProvider:OAuth:PostsToUserEndpoint", "true")
        );
        Assert.Equal("583231", (await SessionEndpoint.ReadAsync(signedIn))["upstreamSubject"]!.ToString());
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        Assert.Equal(2, provider.UserCalls);
    }
}
