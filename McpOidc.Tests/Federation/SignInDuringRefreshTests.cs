using McpOidc.Sessions;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Federation;

/// <summary>The user signs in again during a refresh at the identity provider: the sign-in's tokens are newer.</summary>
public sealed class SignInDuringRefreshTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_tokens_of_a_sign_in_are_kept_regardless_of_the_response_to_the_refresh(bool isRefused)
    {
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Map = SessionEndpoint.Map);
        var idp = signedIn.System.Idp!;
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(3));
        idp.Faults.RefreshDelay = TimeSpan.FromSeconds(3);
        if (isRefused)
        {
            idp.Faults.FailRefresh(400, "invalid_grant", times: 1);
        }

        var refreshing = SessionEndpoint.TokenAsync(signedIn);
        while (idp.Statistics.RefreshRequests == 0)
        {
            await Task.Yield();
        }

        var tokens = await SignInElsewhereAsync(signedIn);
        var brought = await HeldAsync(signedIn);
        Assert.False(refreshing.IsCompleted);
        await refreshing;

        Assert.Equal(brought, await HeldAsync(signedIn));
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
    }

    // The provider sends its refresh token only once: the sign-in brings just an access token, and the stored refresh token is in use.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_tokens_of_a_sign_in_without_a_refresh_token_are_kept_as_well(bool isSameAccessToken)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Map = SessionEndpoint.Map;
        });
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(3));
        using var isAsked = new SemaphoreSlim(0);
        using var mayAnswer = new SemaphoreSlim(0);
        idp.TokenAnswer = answer =>
        {
            idp.TokenAnswer = null;
            (answer["access_token"], answer["refresh_token"]) = ("of the refresh", "of the refresh");
            isAsked.Release();
            Assert.True(mayAnswer.Wait(TimeSpan.FromSeconds(20)));
        };
        var refreshing = Task.Run(() => SessionEndpoint.TokenAsync(signedIn));
        Assert.True(await isAsked.WaitAsync(TimeSpan.FromSeconds(20)));

        idp.TokenAnswer = answer =>
        {
            if (isSameAccessToken)
            {
                answer["refresh_token"] = "of the sign-in";
            }
            else
            {
                answer["access_token"] = "of the sign-in";
                answer.Remove("refresh_token");
            }
        };
        await SignInElsewhereAsync(signedIn);
        var brought = await HeldAsync(signedIn);
        mayAnswer.Release();
        await refreshing;

        Assert.Equal(brought, await HeldAsync(signedIn));
    }

    private static async Task<TokenAnswer> SignInElsewhereAsync(SignedInSystem signedIn)
    {
        using var client = signedIn.System.CreateClient();
        using var browser = new Browser();
        return await client.SignInAsync(browser);
    }

    private static async Task<(string? AccessToken, string? RefreshToken)> HeldAsync(SignedInSystem signedIn)
    {
        var users = signedIn.System.Server.Services.GetRequiredService<UserSessions>();
        var subject = JwtReader.Payload(signedIn.Tokens.AccessToken)["sub"]!.ToString();
        var held = (await users.FindAsync(subject, CancellationToken.None))!.Tokens;
        return (held?.AccessToken, held?.RefreshToken);
    }
}
