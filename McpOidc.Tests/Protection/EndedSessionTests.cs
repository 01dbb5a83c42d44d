using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Protection;

/// <summary>When a session ends, its access tokens stop working within two seconds (D01, D02, G24). behaviour.md B13: with the npm package
/// they keep working.</summary>
public sealed class EndedSessionTests(BothModes modes) : IClassFixture<BothModes>
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("refresh_token", false)]
    [InlineData("access_token", false)]
    [InlineData("refresh_token", true)]
    [InlineData("access_token", true)]
    public async Task Revoking_either_token_ends_both_within_two_seconds(string which, bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var (client, tokens) = await signedIn.SignInAgainAsync();
        using (client)
        {
            Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
            Assert.Equal(200, (await client.PostAsync("/token/revocation", [("token", tokens[which])])).Status);
            signedIn.System.Clock.Advance(s_bound);

            Assert.Equal(401, await signedIn.StatusAsync(tokens.AccessToken));
            var refreshed = await client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal((400, "invalid_grant"), (refreshed.Status, refreshed.Error));
            Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        }
    }

    [Fact]
    public async Task Revoking_an_access_token_that_has_expired_ends_its_session()
    {
        // This also covers a token that only looks expired to a server whose clock is ahead.
        await using var signedIn = await SignedInSystem.StartAsync();
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(16));

        Assert.Equal(200, (await signedIn.Client.PostAsync("/token/revocation", [("token", signedIn.Tokens.AccessToken)])).Status);

        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deleting_the_client_ends_its_sessions_within_two_seconds(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var client = signedIn.System.CreateClient();
        var registration = await client.RegisterAsync();
        var tokens = await client.SignInAsync(signedIn.Browser);
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));

        using var deleted = await client.CallAsync(
            registration["registration_client_uri"]!.ToString(),
            registration["registration_access_token"]!.ToString(),
            HttpMethod.Delete
        );
        Assert.Equal(204, (int)deleted.StatusCode);
        signedIn.System.Clock.Advance(s_bound);
        Assert.Equal(401, await signedIn.StatusAsync(tokens.AccessToken));
        Assert.NotEqual(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replayed_code_ends_the_session_that_it_started(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var client = signedIn.System.CreateClient();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(signedIn.Browser);
        var tokens = await client.RedeemAsync(code);
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
        Assert.Equal("invalid_grant", (await client.RedeemAsync(code)).Error);
        signedIn.System.Clock.Advance(s_bound);
        Assert.Equal(401, await signedIn.StatusAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task A_token_is_refused_after_its_expiration_and_the_allowed_clock_skew()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Standalone = true);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(31));
        using var response = await signedIn.Client.CallAsync(signedIn.Echo, signedIn.Tokens.AccessToken);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains("error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }
}
