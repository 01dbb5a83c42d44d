using System.Security.Cryptography;
using McpOidc.Configuration;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Federation;

/// <summary>A provider that rotates has already ended the old refresh token when it responds: the new tokens are kept, unless they are
/// about another person (OpenID Connect Core §12.2).</summary>
public sealed class RefreshAnswerTests : IAsyncLifetime
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(3);
    private FaultyIdentityProvider _idp = null!;
    private SignedInSystem _signedIn = null!;

    public async Task InitializeAsync()
    {
        _idp = await FaultyIdentityProvider.StartAsync();
        _signedIn = await SignedInSystem.StartAsync(options =>
        {
            _idp.Clock = options.Clock;
            options.Provider = _idp.Settings;
            options.Set("McpOidc:IdentityProvider:UserLiveness", "Always");
            options.Map = SessionEndpoint.Map;
        });
        _idp.TokenAnswer = answer => (answer["access_token"], answer["refresh_token"]) = ("second access token", "second refresh token");
        _signedIn.System.Clock.Advance(s_lifetime);
    }

    public async Task DisposeAsync()
    {
        await _signedIn.DisposeAsync();
        await _idp.DisposeAsync();
    }

    [Theory]
    [InlineData("has ended")]
    [InlineData("is for another client")]
    [InlineData("is badly signed")]
    [InlineData("is signed by nobody")]
    [InlineData("is garbage")]
    [InlineData("has a claim twice")]
    public async Task New_tokens_are_kept_even_if_the_id_token_next_to_them(string fault)
    {
        switch (fault)
        {
            case "has ended":
                _idp.Claims = claims => claims["exp"] = 1_700_000_000;
                break;
            case "is for another client":
                _idp.Claims = claims => claims["aud"] = "other";
                break;
            case "is badly signed":
                _idp.Forge = (header, payload) =>
                {
                    using var other = RSA.Create(2048);
                    return FaultyIdentityProvider.Sign(header, payload, other);
                };
                break;
            case "is signed by nobody":
                _idp.Forge = (header, payload) => Forgery.Assemble(new() { ["alg"] = "none" }, payload, hmacKey: null);
                break;
            case "is garbage":
                _idp.Forge = (_, _) => "garbage";
                break;
            default:
                _idp.Forge = (_, _) => "e30.eyJhIjoxLCJhIjoyfQ.AA";
                break;
        }

        var (status, held) = await SessionEndpoint.TokenAsync(_signedIn);

        Assert.Equal((200, "second access token"), (status, held!["access_token"]!.ToString()));
        Assert.Contains(_signedIn.System.Server.Logs.Lines, line => line.Contains("[1409]", StringComparison.Ordinal));
        _signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(_signedIn)).Status);
        Assert.Equal("second refresh token", _idp.LastRefreshToken);
    }

    [Theory]
    [InlineData("sub", false)]
    [InlineData("sub", true)]
    [InlineData("iss", false)]
    [InlineData("iss", true)]
    public async Task A_response_about_another_person_is_discarded_entirely_and_ends_the_persons_sign_ins(string claim, bool isBadlySigned)
    {
        _idp.Claims = claims => claims[claim] = "https://somebody.example";
        if (isBadlySigned)
        {
            _idp.Forge = (header, payload) =>
            {
                using var other = RSA.Create(2048);
                return FaultyIdentityProvider.Sign(header, payload, other);
            };
        }

        Assert.Equal(404, (await SessionEndpoint.TokenAsync(_signedIn)).Status);

        Assert.Equal("invalid_grant", (await _signedIn.Client.RefreshAsync(_signedIn.Tokens.RefreshToken)).Error);
        Assert.Contains(_signedIn.System.Server.Logs.Lines, line => line.Contains("id_token_of_another", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("is late")]
    [InlineData("breaks off")]
    [InlineData("is a page of the gateway")]
    public async Task A_provider_refusal_after_a_lost_response_signs_the_person_out_only_at_the_next_check(string fault)
    {
        _idp.Script = async http =>
        {
            if (http.Request.Path != "/token")
            {
                return false;
            }

            switch (fault)
            {
                case "is late":
                    await Task.Delay(TimeSpan.FromSeconds(30), http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                    break;
                case "breaks off":
                    http.Abort();
                    break;
                default:
                    http.Response.StatusCode = 504;
                    break;
            }

            return true;
        };
        LimitTime();
        Assert.Equal(503, (await SessionEndpoint.TokenAsync(_signedIn)).Status);

        _idp.Script = RefuseAsync;
        _signedIn.System.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(404, (await SessionEndpoint.TokenAsync(_signedIn)).Status);

        // The tokens are kept but say nothing about the user, who counts as confirmed only as long as before.
        var refreshed = await _signedIn.Client.RefreshAsync(_signedIn.Tokens.RefreshToken);
        Assert.Equal(200, refreshed.Status);
        _signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("invalid_grant", (await _signedIn.Client.RefreshAsync(refreshed.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_silent_provider_is_logged_with_its_setting_and_the_next_calls_do_not_wait_for_it()
    {
        _idp.Script = async http =>
        {
            await Task.Delay(TimeSpan.FromSeconds(30), http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        LimitTime();
        Assert.Equal(503, (await SessionEndpoint.TokenAsync(_signedIn)).Status);
        var asked = _idp.TokenRequests;
        for (var call = 0; call < 15; call++)
        {
            Assert.Equal(503, (await SessionEndpoint.TokenAsync(_signedIn)).Status);
        }

        Assert.Equal(asked, _idp.TokenRequests);
        Assert.Contains(
            _signedIn.System.Server.Logs.Lines,
            line => line.Contains("did not respond within 2 s (McpOidc:IdentityProvider:Timeout)", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_provider_that_keeps_failing_is_not_contacted_for_a_while_after_the_third_failure()
    {
        _idp.Script = http =>
        {
            http.Response.StatusCode = 500;
            return Task.FromResult(true);
        };
        var before = _idp.TokenRequests;
        for (var call = 0; call < 15; call++)
        {
            Assert.Equal(503, (await SessionEndpoint.TokenAsync(_signedIn)).Status);
        }

        Assert.Equal(before + 3, _idp.TokenRequests);
    }

    [Theory]
    [InlineData(429, "600", 600)]
    [InlineData(503, "60", 60)]
    [InlineData(429, null, 2)]
    public async Task A_provider_that_sends_Retry_After_is_not_contacted_for_that_time(int status, string? retryAfter, int seconds)
    {
        _idp.Script = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.RetryAfter = retryAfter;
            return Task.FromResult(true);
        };
        var before = _idp.TokenRequests;
        for (var call = 0; call < 15; call++)
        {
            Assert.Equal(503, (await SessionEndpoint.TokenAsync(_signedIn)).Status);
        }

        Assert.Equal(before + 1, _idp.TokenRequests);
        _idp.Script = null;
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(seconds - 1.5));
        Assert.Equal(503, (await SessionEndpoint.TokenAsync(_signedIn)).Status);
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(_signedIn)).Status);
    }

    // A provider outage signs no one out, but it is not tolerated forever either.
    [Fact]
    public async Task Clients_are_told_to_wait_once_the_provider_has_been_unavailable_for_longer_than_tolerated()
    {
        _idp.Script = http =>
        {
            http.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        _signedIn.System.Clock.Advance(TimeSpan.FromDays(6));
        var refreshed = await _signedIn.Client.RefreshAsync(_signedIn.Tokens.RefreshToken);
        Assert.Equal(200, refreshed.Status);

        _signedIn.System.Clock.Advance(TimeSpan.FromDays(1.1));
        var refused = await _signedIn.Client.RefreshAsync(refreshed.RefreshToken);
        Assert.Equal("temporarily_unavailable", refused.Error);

        _idp.Script = null;
        _signedIn.System.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await _signedIn.Client.RefreshAsync(refreshed.RefreshToken)).Status);
    }

    // Not before the sign-in, which may take longer on a busy machine.
    private void LimitTime() =>
        _signedIn.System.Server.Services.GetRequiredService<IOptions<IdentityProviderOptions>>().Value.Timeout = TimeSpan.FromSeconds(2);

    private static async Task<bool> RefuseAsync(HttpContext http)
    {
        if (http.Request.Path != "/token")
        {
            return false;
        }

        http.Response.StatusCode = 400;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync("""{"error":"invalid_grant"}""");
        return true;
    }
}
