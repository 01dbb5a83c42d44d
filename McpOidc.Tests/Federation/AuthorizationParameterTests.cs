using System.Collections.Concurrent;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Federation;

/// <summary>What the settings control in requests to a provider: whether a nonce is sent, and which API the tokens are for.</summary>
public sealed class AuthorizationParameterTests
{
    [Theory]
    [InlineData(false, 200)]
    [InlineData(true, 0)]
    public async Task A_provider_whose_tokens_have_no_nonce_can_be_used_if_the_setting_allows_it(bool sendsNonce, int status)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.Claims = claims => claims.Remove("nonce");
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Set("McpOidc:IdentityProvider:SendNonce", $"{sendsNonce}");
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();

        var result = await client.AuthorizeAsync(browser);

        Assert.Equal(sendsNonce, QueryHelpers.ParseQuery(idp.LastAuthorizeQuery).ContainsKey("nonce"));
        Assert.True(QueryHelpers.ParseQuery(idp.LastAuthorizeQuery).ContainsKey("code_challenge"));
        Assert.Equal(status == 200, result.Query("code") is not null);
    }

    [Fact]
    public async Task The_configured_resource_is_sent_with_every_request_and_the_resource_of_the_client_never()
    {
        const string Api = "urn:example:api";
        await using var idp = await FaultyIdentityProvider.StartAsync();
        var sent = new ConcurrentQueue<string>();
        idp.Script = async http =>
        {
            if (http.Request.Path == "/token")
            {
                sent.Enqueue((await http.Request.ReadFormAsync())["resource"].ToString());
            }

            return false;
        };
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            idp.Clock = options.Clock;
            options.Provider = idp.Settings with { Scopes = "openid email offline_access" };
            options.Set("McpOidc:IdentityProvider:Resource", Api);
        });
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);

        Assert.Equal(Api, QueryHelpers.ParseQuery(idp.LastAuthorizeQuery)["resource"].ToString());
        Assert.Equal([Api, Api], sent);
    }
}
