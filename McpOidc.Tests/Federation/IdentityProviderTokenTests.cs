using System.Net.Http.Headers;
using System.Security.Claims;
using McpOidc.Federation;
using McpOidc.Protection;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpOidc.Tests.Federation;

/// <summary>Tools that use the identity provider's tokens. behaviour.md B4 and B16 are the npm package's faults here.</summary>
public sealed class IdentityProviderTokenTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan s_leftAlone = TimeSpan.FromSeconds(31);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tools_get_the_current_token_without_the_refresh_token_and_a_new_one_within_a_minute_of_expiry(bool standalone)
    {
        await using var signedIn = await StartAsync(standalone);
        var (status, first) = await SessionEndpoint.TokenAsync(signedIn);
        Assert.Equal(200, status);
        Assert.Null(first!["refresh_token"]);

        signedIn.System.Clock.Advance(s_lifetime - TimeSpan.FromSeconds(65));
        Assert.Equal(first["access_token"]!.ToString(), (await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString());
        Assert.Equal(0, signedIn.System.Idp!.Statistics.RefreshRequests);

        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.NotEqual(first["access_token"]!.ToString(), (await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString());
        Assert.Equal(1, signedIn.System.Idp.Statistics.RefreshRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fifty_calls_at_token_expiry_cause_a_single_refresh(bool standalone)
    {
        await using var signedIn = await StartAsync(standalone);
        signedIn.System.Idp!.Faults.RefreshDelay = TimeSpan.FromMilliseconds(200);
        signedIn.System.Clock.Advance(s_lifetime);
        await AssertOneRefreshAsync(signedIn, [signedIn.System.McpOrigin]);
    }

    [RedisFact]
    public async Task Two_authorization_servers_and_an_MCP_server_on_one_Redis_cause_a_single_refresh()
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Map = SessionEndpoint.Map, store);
        var second = await signedIn.System.StartSecondServerAsync();
        var resource = $"http://localhost:{Loopback.FreePort()}/mcp";
        await using var mcp = await TestSite.StartAsync(
            new Uri(resource).Port,
            [
                .. store.Settings,
                new("McpOidc:Authority", signedIn.System.Issuer),
                new("McpOidc:ResourceServer:Resource", signedIn.System.Resource),
                new("McpOidc:AllowedHosts:0", "localhost"),
            ],
            builder =>
            {
                builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(signedIn.System.Clock));
                builder.Services.AddMcpOidc().AddResourceServer().UseConfiguredStore();
            },
            app =>
            {
                app.UseMcpOidc();
                app.MapMcpOidc();
                SessionEndpoint.Map(app);
            }
        );
        signedIn.System.Idp!.Faults.RefreshDelay = TimeSpan.FromMilliseconds(200);
        signedIn.System.Clock.Advance(s_lifetime);
        await AssertOneRefreshAsync(signedIn, [signedIn.System.McpOrigin, second.Origin, mcp.Origin]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_provider_fails_valid_tokens_are_handed_out_expired_ones_never_are_and_all_are_kept(bool standalone)
    {
        await using var signedIn = await StartAsync(standalone);
        var faults = signedIn.System.Idp!.Faults;
        var first = (await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString();

        faults.FailRefresh(500, null, times: 1);
        signedIn.System.Clock.Advance(s_lifetime - TimeSpan.FromSeconds(40));
        Assert.Equal(first, (await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString());

        signedIn.System.Clock.Advance(s_leftAlone + TimeSpan.FromSeconds(10));
        foreach (
            var (status, error) in new[]
            {
                (500, null),
                (503, null),
                (400, "temporarily_unavailable"),
                (400, "invalid_client"),
                (401, "invalid_client"),
                ((int, string?))(429, null),
            }
        )
        {
            faults.FailRefresh(status, error, times: 1);
            Assert.Equal(503, (await SessionEndpoint.TokenAsync(signedIn)).Status);
            signedIn.System.Clock.Advance(s_leftAlone);
        }

        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        Assert.Equal(0, signedIn.System.Idp.Statistics.RefreshReuses);
    }

    [Fact]
    public async Task An_expired_token_is_not_handed_out_by_a_server_whose_clock_is_half_a_minute_behind()
    {
        var behind = new AdjustableClock();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = SessionEndpoint.Map;
            options.Mcp = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(behind));
        });
        signedIn.System.Idp!.Faults.FailRefresh(500, null, times: 2);
        signedIn.System.Clock.Advance(s_lifetime + TimeSpan.FromSeconds(1));
        behind.Advance(s_lifetime - TimeSpan.FromSeconds(28));

        Assert.Equal(
            503,
            (
                await SessionEndpoint.TokenAsync(signedIn, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).AccessToken)
            ).Status
        );
    }

    [Fact]
    public async Task A_request_to_a_silent_provider_times_out_as_configured_and_the_session_is_kept()
    {
        await using var signedIn = await StartAsync(standalone: false, ("McpOidc:IdentityProvider:Timeout", "00:00:01"));
        signedIn.System.Clock.Advance(s_lifetime + TimeSpan.FromSeconds(1));
        signedIn.System.Idp!.Faults.RefreshDelay = TimeSpan.FromMinutes(1);
        Assert.Equal(503, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        signedIn.System.Idp.Faults.RefreshDelay = TimeSpan.Zero;
        signedIn.System.Clock.Advance(s_leftAlone);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_UserLiveness_Never_there_is_no_token_after_invalid_grant_until_the_person_signs_in_again(bool standalone)
    {
        await using var signedIn = await StartAsync(standalone, ("McpOidc:IdentityProvider:UserLiveness", "Never"));
        signedIn.System.Idp!.Faults.FailRefresh(400, "invalid_grant", times: 1);
        signedIn.System.Clock.Advance(s_lifetime + TimeSpan.FromSeconds(1));
        Assert.Equal(404, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        Assert.Equal(404, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        Assert.Equal(1, signedIn.System.Idp.Statistics.RefreshRequests);
        using var client = signedIn.System.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn, tokens.AccessToken)).Status);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
    }

    // behaviour.md B16: the npm package tries an empty refresh token on every request.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_missing_or_empty_refresh_token_in_a_response_does_not_replace_the_stored_one(bool empty)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Map = SessionEndpoint.Map;
        });
        idp.TokenAnswer = answer =>
        {
            if (empty)
            {
                answer["refresh_token"] = "";
            }
            else
            {
                answer.Remove("refresh_token");
            }
        };
        idp.Claims = claims => claims.Remove("nonce");
        for (var round = 1; round <= 3; round++)
        {
            signedIn.System.Clock.Advance(s_lifetime);
            Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
            Assert.Equal(1 + round, idp.TokenRequests);
        }
    }

    [Fact]
    public async Task Without_a_refresh_token_the_next_connection_goes_to_the_provider_again_once_the_token_expired()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Map = SessionEndpoint.Map;
            options.Set("McpOidc:IdentityProvider:Scopes", "openid email profile");
        });
        var provider = signedIn.System.Idp!.Issuer;
        var visits = signedIn.Browser.VisitsOf(provider);
        await signedIn.Client.GetCodeAsync(signedIn.Browser);
        Assert.Equal(visits, signedIn.Browser.VisitsOf(provider));

        signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(404, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        await signedIn.Client.GetCodeAsync(signedIn.Browser);
        Assert.NotEqual(visits, signedIn.Browser.VisitsOf(provider));
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
    }

    [Fact]
    public async Task A_sign_in_that_returns_no_refresh_token_does_not_remove_the_stored_one()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Map = SessionEndpoint.Map;
        });
        idp.TokenAnswer = answer => answer.Remove("refresh_token");
        using var client = signedIn.System.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        idp.Claims = claims => claims.Remove("nonce");
        signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn, tokens.AccessToken)).Status);
    }

    [Fact]
    public async Task The_refresh_endpoint_between_the_servers_accepts_only_valid_assertions_meant_for_it()
    {
        await using var signedIn = await StartAsync(standalone: true);
        var url = signedIn.System.Issuer + "/oauth/idp-tokens";
        var subject = JwtReader.Payload(signedIn.Tokens.AccessToken)["sub"]!.ToString();
        var assertions = signedIn.System.Server.Services.GetRequiredService<ServerAssertion>();
        var good = await assertions.CreateAsync(signedIn.System.Issuer, subject, CancellationToken.None);
        var elsewhere = await assertions.CreateAsync("https://other.example", subject, CancellationToken.None);
        var forged = Forgery.Assemble(Forgery.HeaderOf(good), Forgery.PayloadOf(good), new byte[32]);
        var unsigned = Forgery.Assemble(new() { ["alg"] = "none", ["typ"] = "mcpoidc-server+jwt" }, Forgery.PayloadOf(good), hmacKey: null);
        foreach (
            var token in new[]
            {
                null,
                "garbage",
                forged,
                unsigned,
                elsewhere,
                signedIn.Tokens.AccessToken,
                signedIn.Tokens["id_token"],
                signedIn.Tokens.RefreshToken,
            }
        )
        {
            using var refused = await signedIn.Client.CallAsync(url, token);
            Assert.Equal(401, (int)refused.StatusCode);
        }

        using var accepted = await signedIn.Client.CallAsync(url, good);
        Assert.Equal(204, (int)accepted.StatusCode);
        Assert.Equal("", await accepted.Content.ReadAsStringAsync());
        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(121));
        using var old = await signedIn.Client.CallAsync(url, good);
        Assert.Equal(401, (int)old.StatusCode);
    }

    // The MCP process of a standalone system gets no secret for the identity provider (TestSystem.McpSettings).
    [Fact]
    public async Task A_standalone_MCP_server_has_no_secret_for_the_identity_provider()
    {
        await using var signedIn = await StartAsync(standalone: true);
        var options = signedIn
            .System.Mcp.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<McpOidc.Configuration.IdentityProviderOptions>>()
            .Value;
        Assert.True(string.IsNullOrEmpty(options.ClientSecret) && string.IsNullOrEmpty(options.ClientId));
        Assert.Null(signedIn.System.Mcp.Services.GetService<IIdentityProvider>());
        signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
    }

    // G13
    [Fact]
    public async Task An_HTTP_client_sends_the_providers_token_only_to_its_base_address_and_never_the_clients_own()
    {
        await using var upstream = await EchoApi.StartAsync();
        await using var elsewhere = await EchoApi.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Mcp = builder =>
                builder
                    .Services.AddHttpClient("api", client => client.BaseAddress = new Uri(upstream.Url + "/v1/"))
                    .AddIdentityProviderAccessToken();
            options.Map = app =>
            {
                SessionEndpoint.Map(app);
                app.MapGet(
                        "/call",
                        async (string url, IHttpClientFactory clients) =>
                        {
                            using var client = clients.CreateClient("api");
                            return await client.GetStringAsync(new Uri(url, UriKind.RelativeOrAbsolute));
                        }
                    )
                    .RequireMcpOidc();
            };
        });
        var held = (await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString();
        Assert.Equal("Bearer " + held, await CallAsync(signedIn, "things"));
        Assert.Equal("Bearer " + held, await CallAsync(signedIn, upstream.Url + "/other"));
        Assert.Equal("", await CallAsync(signedIn, elsewhere.Url + "/things"));
        Assert.Equal("", await CallAsync(signedIn, upstream.Url.Replace("localhost", "127.0.0.1", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_misconfigured_HTTP_client_says_which_call_is_missing()
    {
        var bare = new ServiceCollection();
        bare.AddHttpClient("api", client => client.BaseAddress = new Uri("https://api.example")).AddIdentityProviderAccessToken();
        using var without = bare.BuildServiceProvider();
        Assert.Contains(
            "AddMcpOidc().AddResourceServer()",
            Assert.Throws<InvalidOperationException>(() => without.GetRequiredService<IHttpClientFactory>().CreateClient("api")).Message,
            StringComparison.Ordinal
        );

        var services = new ServiceCollection();
        services.AddSingleton<IIdentityProviderTokens, NoTokens>();
        services.AddHttpClient("api").AddIdentityProviderAccessToken();
        using var provider = services.BuildServiceProvider();
        var message = Assert
            .Throws<InvalidOperationException>(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient("api"))
            .Message;
        Assert.Contains("'api'", message, StringComparison.Ordinal);
        Assert.Contains("BaseAddress", message, StringComparison.Ordinal);
    }

    private static async Task<string> CallAsync(SignedInSystem signedIn, string url)
    {
        using var response = await signedIn.Client.CallAsync(
            $"{signedIn.System.McpOrigin}/call?url={Uri.EscapeDataString(url)}",
            signedIn.Tokens.AccessToken,
            HttpMethod.Get
        );
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task AssertOneRefreshAsync(SignedInSystem signedIn, string[] origins)
    {
        var token = signedIn.Tokens.AccessToken;
        var answers = await Task.Run(() =>
            Task.WhenAll(
                Enumerable
                    .Range(0, 50)
                    .Select(async i =>
                    {
                        using var request = new HttpRequestMessage(HttpMethod.Get, origins[i % origins.Length] + "/idp-token");
                        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                        using var response = await signedIn.Client.Http.SendAsync(request);
                        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
                    })
            )
        );
        Assert.All(answers, answer => Assert.Equal(200, answer.Item1));
        Assert.Single(answers.Select(answer => answer.Item2).Distinct());
        Assert.Equal(1, signedIn.System.Idp!.Statistics.RefreshRequests);
        Assert.Equal(0, signedIn.System.Idp.Statistics.RefreshReuses);
    }

    private static Task<SignedInSystem> StartAsync(bool standalone, params (string Key, string Value)[] settings) =>
        SignedInSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Map = SessionEndpoint.Map;
            foreach (var (key, value) in settings)
            {
                options.Set(key, value);
            }
        });

    private sealed class NoTokens : IIdentityProviderTokens
    {
        public ValueTask<IdentityProviderTokenSet?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken) => default;

        public ValueTask<IdentityProviderTokenSet?> RenewAsync(ClaimsPrincipal user, string refused, CancellationToken cancellationToken) =>
            default;
    }
}
