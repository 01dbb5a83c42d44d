using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation;

/// <summary>Whether the user still exists at the identity provider (C27); a provider outage signs no one out (H08).</summary>
public sealed class UserLivenessTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(61);

    [Fact]
    public async Task A_person_deactivated_at_the_provider_is_signed_out_everywhere_when_any_client_refreshes()
    {
        await using var signedIn = await SignedInSystem.StartAsync();
        var (other, tokens) = await signedIn.SignInAgainAsync();
        using var _ = other;
        signedIn.System.Clock.Advance(s_interval);
        signedIn.System.Idp!.Faults.FailRefresh(400, "invalid_grant", times: 1);
        var refused = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal((400, "invalid_grant"), (refused.Status, refused.Error));
        Assert.Equal("invalid_grant", (await other.RefreshAsync(tokens.RefreshToken)).Error);

        // Signing in again restores access.
        var again = await signedIn.Client.SignInAsync(signedIn.Browser);
        Assert.Equal(200, await signedIn.StatusAsync(again.AccessToken));
    }

    // Otherwise the next check would send the user to the provider again, and so each hour.
    [Fact]
    public async Task A_refresh_token_that_the_provider_no_longer_accepted_is_not_kept_by_a_sign_in_that_brings_none()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Set("McpOidc:IdentityProvider:UserLiveness", "Always");
        });
        idp.Clock = signedIn.System.Clock;
        idp.Script = async http =>
        {
            if (http.Request.Path != "/token" || (await http.Request.ReadFormAsync())["grant_type"] != "refresh_token")
            {
                return false;
            }

            http.Response.StatusCode = 400;
            await http.Response.WriteAsJsonAsync(new { error = "invalid_request" });
            return true;
        };
        signedIn.System.Clock.Advance(s_interval);
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Error);

        idp.TokenAnswer = answer => answer.Remove("refresh_token");
        var (client, tokens) = await signedIn.SignInAgainAsync();
        using var _ = client;
        signedIn.System.Clock.Advance(s_interval);

        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task The_provider_is_asked_once_per_interval_however_many_clients_refresh()
    {
        await using var signedIn = await SignedInSystem.StartAsync();
        var tokens = signedIn.Tokens;
        for (var round = 0; round < 3; round++)
        {
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
        }

        Assert.Equal(0, signedIn.System.Idp!.Statistics.RefreshRequests);
        signedIn.System.Clock.Advance(s_interval);
        for (var round = 0; round < 3; round++)
        {
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
        }

        Assert.Equal(1, signedIn.System.Idp.Statistics.RefreshRequests);
        Assert.Equal(0, signedIn.System.Idp.Statistics.RefreshReuses);
    }

    [Theory]
    [InlineData(500, null)]
    [InlineData(503, "temporarily_unavailable")]
    [InlineData(401, "invalid_client")]
    [InlineData(429, null)]
    public async Task Only_a_definitive_response_signs_a_person_out(int status, string? error)
    {
        await using var signedIn = await SignedInSystem.StartAsync();
        signedIn.System.Idp!.Faults.FailRefresh(status, error, times: 100);
        var tokens = signedIn.Tokens;
        for (var round = 0; round < 3; round++)
        {
            signedIn.System.Clock.Advance(s_interval);
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }

        // Asked once per round, not once per client: the provider is left alone for half a minute.
        await signedIn.Client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(3, signedIn.System.Idp.Statistics.RefreshRequests);
    }

    [Fact]
    public async Task A_refresh_token_that_ends_with_the_provider_browser_session_causes_no_sign_out()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Provider = idp.Settings);
        signedIn.System.Clock.Advance(s_interval);
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        Assert.Equal(1, idp.TokenRequests);
    }

    [Fact]
    public async Task No_person_is_signed_out_if_the_provider_is_never_asked()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
            options.Set("McpOidc:IdentityProvider:UserLiveness", "Never")
        );
        signedIn.System.Clock.Advance(s_interval);
        signedIn.System.Idp!.Faults.FailRefresh(400, "invalid_grant", times: 1);
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        Assert.Equal(0, signedIn.System.Idp.Statistics.RefreshRequests);
    }
}
