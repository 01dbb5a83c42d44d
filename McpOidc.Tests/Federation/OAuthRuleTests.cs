using McpOidc.Tests.Federation.Simulators;

namespace McpOidc.Tests.Federation;

/// <summary>Sign-in rules with a provider without OpenID Connect: each check calls its user endpoint again.</summary>
public sealed class OAuthRuleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_whose_verified_address_left_the_domain_loses_the_grant_at_the_next_check(bool tokensExpire)
    {
        await using var provider = new SimulatedGitHub { TokensExpire = tokensExpire };
        await using var signedIn = await OAuthProviderTests.StartAsync(
            "GitHub",
            provider,
            ("McpOidc:IdentityProvider:Allow:0:EmailDomains:0", "example.com")
        );
        signedIn.System.Clock.Advance(TimeSpan.FromHours(9));
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal(200, tokens.Status);

        provider.Emails = [SimulatedGitHub.Address("mona@elsewhere.example", isPrimary: true, isVerified: true)];
        signedIn.System.Clock.Advance(TimeSpan.FromHours(9));

        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
    }
}
