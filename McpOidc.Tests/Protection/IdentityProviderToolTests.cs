using McpOidc.Tests.Hosting;
using McpOidc.Tests.Interop;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Protection;

/// <summary>Tools that call an API on behalf of the user: what they and the client see when the identity provider has no token for
/// them.</summary>
public sealed class IdentityProviderToolTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_api"}}""";
    private const int Short = 300;
    private const string UnmarkedCall = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami"}}""";

    /// <summary>A time by which a token of <see cref="Short"/> has expired, but this server's access token has not.</summary>
    private static readonly TimeSpan s_later = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_refused_by_the_API_is_refreshed_once_and_a_safe_request_is_resent(bool standalone)
    {
        await using var world = await ToolWorld.StartAsync(standalone);
        world.Idp.TokenAnswer = answer => (answer["access_token"], answer["expires_in"]) = ("second", 3600);
        world.Refused.Add("first");
        world.Clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal((200, true), await world.CallApiAsync("GET"));

        Assert.Equal(2, world.Idp.TokenRequests);
        Assert.Equal(["first", "second"], world.Seen);
    }

    [Fact]
    public async Task An_unsafe_request_is_not_resent_and_the_next_one_uses_the_new_token()
    {
        await using var world = await ToolWorld.StartAsync();
        world.Idp.TokenAnswer = answer => (answer["access_token"], answer["expires_in"]) = ("second", 3600);
        world.Refused.Add("first");
        world.Clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal((200, false), await world.CallApiAsync("POST"));
        Assert.Equal((200, true), await world.CallApiAsync("POST"));

        Assert.Equal(["first", "second"], world.Seen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_API_that_refuses_every_token_causes_a_single_refresh_and_ends_nothing(bool standalone)
    {
        await using var world = await ToolWorld.StartAsync(standalone);
        var number = 0;
        world.Idp.TokenAnswer = answer => (answer["access_token"], answer["expires_in"]) = ($"token {number++}", 3600);
        world.RefusesAll = true;
        for (var call = 0; call < 6; call++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal((200, false), await world.CallApiAsync("GET"));
        }

        Assert.Equal(2, world.Idp.TokenRequests);
        Assert.Equal(200, (await world.SignedIn.Client.RefreshAsync(world.SignedIn.Tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_token_younger_than_a_minute_is_not_refreshed_after_a_refusal()
    {
        await using var world = await ToolWorld.StartAsync();
        world.Refused.Add("first");
        Assert.Equal((200, false), await world.CallApiAsync("GET"));
        Assert.Equal(1, world.Idp.TokenRequests);
    }

    [Fact]
    public async Task A_refresh_is_forced_once_per_token_regardless_of_the_provider_response()
    {
        await using var world = await ToolWorld.StartAsync();
        world.Idp.Script = http => StatusAsync(http, "/token", 503);
        world.Refused.Add("first");
        for (var call = 0; call < 6; call++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal((200, false), await world.CallApiAsync("GET"));
        }

        Assert.Equal(2, world.Idp.TokenRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_signed_out_at_the_provider_must_sign_in_there_again_after_the_API_refuses_a_call(bool standalone)
    {
        await using var world = await ToolWorld.StartAsync(standalone);
        world.Idp.Script = http => ErrorAsync(http, "invalid_grant");
        world.Refused.Add("first");
        world.Clock.Advance(TimeSpan.FromMinutes(2));

        // The response may be cut off, because the session has ended.
        await Record.ExceptionAsync(() => world.CallApiAsync("GET"));

        Assert.Equal("invalid_grant", (await world.SignedIn.Client.RefreshAsync(world.SignedIn.Tokens.RefreshToken)).Error);
        Assert.True(await world.VisitsProviderAsync());
    }

    [Theory]
    [InlineData(false, "no refresh token")]
    [InlineData(true, "no refresh token")]
    [InlineData(false, "interaction_required")]
    [InlineData(true, "interaction_required")]
    public async Task A_call_without_a_provider_token_yields_401_before_the_tool_runs_and_revokes_the_refresh_token(
        bool standalone,
        string reason
    )
    {
        await using var world = await ToolWorld.StartAsync(standalone, withRefreshToken: reason != "no refresh token", lifetime: Short);
        world.Idp.Script = http => ErrorAsync(http, reason);
        world.Clock.Advance(s_later);
        var token = world.SignedIn.Tokens;

        using var refused = await world.PostAsync(Call, token.AccessToken);

        Assert.Equal(401, (int)refused.StatusCode);
        var challenge = Assert.Single(refused.Headers.WwwAuthenticate).Parameter!;
        Assert.Contains("error=\"invalid_token\"", challenge, StringComparison.Ordinal);
        Assert.Contains("resource_metadata=", challenge, StringComparison.Ordinal);
        Assert.Empty(world.Seen);
        Assert.Equal("invalid_grant", (await world.SignedIn.Client.RefreshAsync(token.RefreshToken)).Error);
        using var unmarked = await world.PostAsync(UnmarkedCall, token.AccessToken);
        Assert.Equal(200, (int)unmarked.StatusCode);

        world.Idp.Script = null;
        var visits = world.SignedIn.Browser.VisitsOf(world.Idp.Issuer);
        var again = await world.SignedIn.Client.SignInAsync(world.SignedIn.Browser);
        Assert.NotEqual(visits, world.SignedIn.Browser.VisitsOf(world.Idp.Issuer));
        Assert.Equal((200, true), await world.CallApiAsync("GET", again.AccessToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_whose_provider_tokens_were_revoked_yields_401(bool standalone)
    {
        await using var world = await ToolWorld.StartAsync(standalone, lifetime: Short);
        world.Idp.Script = http => ErrorAsync(http, "invalid_grant");
        world.Clock.Advance(s_later);

        using var refused = await world.PostAsync(Call, world.SignedIn.Tokens.AccessToken);

        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Contains("invalid_token", Assert.Single(refused.Headers.WwwAuthenticate).Parameter!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task If_a_new_sign_in_yields_no_usable_token_the_tool_names_the_setting_and_asks_for_no_further_sign_in()
    {
        await using var world = await ToolWorld.StartAsync(withRefreshToken: false, lifetime: Short);
        world.Clock.Advance(s_later);
        var token = world.SignedIn.Tokens;
        using var refused = await world.PostAsync(Call, token.AccessToken);
        Assert.Equal(401, (int)refused.StatusCode);

        world.Idp.TokenAnswer = answer =>
        {
            answer["expires_in"] = 1;
            answer.Remove("refresh_token");
        };
        var again = await world.SignedIn.Client.SignInAsync(world.SignedIn.Browser);
        world.Clock.Advance(TimeSpan.FromSeconds(5));
        for (var call = 0; call < 2; call++)
        {
            using var answer = await world.PostAsync(Call, again.AccessToken);
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Contains("McpOidc:IdentityProvider:Scopes", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(200, (await world.SignedIn.Client.RefreshAsync(again.RefreshToken)).Status);
    }

    [Theory]
    [InlineData(503, "is not responding")]
    [InlineData(401, "rejects this server")]
    public async Task A_provider_that_is_unreachable_or_rejects_this_server_causes_a_tool_error_and_no_sign_out(int status, string said)
    {
        await using var world = await ToolWorld.StartAsync(lifetime: Short);
        world.Idp.Script = http => StatusAsync(http, "/token", status);
        world.Clock.Advance(s_later);
        var token = world.SignedIn.Tokens;

        using var answer = await world.PostAsync(Call, token.AccessToken);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains(said, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (await world.SignedIn.Client.RefreshAsync(token.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_client_acting_without_a_person_gets_a_tool_error()
    {
        await using var world = await ToolWorld.StartAsync(configure: options =>
        {
            options.Set("McpOidc:Resources:0:Scopes:0", "things");
            options.AddClient(
                0,
                "robot",
                settings:
                [
                    ("GrantTypes:0", "client_credentials"),
                    ("Scopes:0", "things"),
                    ("Resources:0", $"http://localhost:{options.ServerPort}/mcp"),
                ]
            );
        });
        using var robot = world.SignedIn.System.CreateClient("robot");
        var token = await robot.TokenAsync([("grant_type", "client_credentials"), ("resource", robot.Resource)]);

        using var answer = await world.PostAsync(Call, token.AccessToken);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains(
            "does not belong to a user of the identity provider",
            await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_resource_setting_makes_all_its_tools_require_the_token()
    {
        await using var world = await ToolWorld.StartAsync(
            withRefreshToken: false,
            lifetime: Short,
            configure: options => options.Set("McpOidc:ResourceServer:RequiresIdentityProviderToken", "true")
        );
        world.Clock.Advance(s_later);
        var token = world.SignedIn.Tokens;
        using var refused = await world.PostAsync(UnmarkedCall, token.AccessToken);
        Assert.Equal(401, (int)refused.StatusCode);
        using var list = await world.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", token.AccessToken);
        Assert.Equal(200, (int)list.StatusCode);
    }

    [Fact]
    public async Task The_CSharp_SDK_signs_in_once_more_when_a_tool_lacks_the_token()
    {
        await using var world = await ToolWorld.StartAsync(withRefreshToken: false, lifetime: Short);
        using var requests = new Counter();
        await using var client = await SdkClient.ConnectAsync(world.SignedIn.System.Resource, handler: requests);
        await SignInOnceMoreAsync(world, client);
        Assert.InRange(requests.Count, 1, 60);
    }

    [NodeTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_TypeScript_SDK_signs_in_once_more_when_a_tool_lacks_the_token(int version)
    {
        await using var world = await ToolWorld.StartAsync(withRefreshToken: false, lifetime: Short);
        await using var client = await TypeScriptSdkClient.ConnectAsync(world.SignedIn.System.Resource, version);
        await SignInOnceMoreAsync(world, client);
    }

    private static async Task SignInOnceMoreAsync(ToolWorld world, IJourneyClient client)
    {
        Assert.Contains("ok", await client.CallAsync("call_api"), StringComparison.Ordinal);
        Assert.Equal(1, client.SignIns);
        world.Clock.Advance(s_later);
        Assert.Contains("ok", await client.CallAsync("call_api"), StringComparison.Ordinal);
        Assert.Equal(2, client.SignIns);
    }

    private static Task<bool> StatusAsync(HttpContext http, string path, int status)
    {
        if (http.Request.Path == path)
        {
            http.Response.StatusCode = status;
        }

        return Task.FromResult(http.Request.Path == path);
    }

    private static async Task<bool> ErrorAsync(HttpContext http, string error)
    {
        if (http.Request.Path != "/token")
        {
            return false;
        }

        (http.Response.StatusCode, http.Response.ContentType) = (400, "application/json");
        await http.Response.WriteAsync($$"""{"error":"{{error}}"}""");
        return true;
    }

    private sealed class Counter() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _count;

        public int Count => _count;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
