using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>Clients of 2025-03-26 treat the MCP origin as the authorization server.</summary>
public sealed class LegacyClientTests(BothModes modes) : IClassFixture<BothModes>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_knows_the_MCP_origin_and_no_resource_can_register_sign_in_and_call(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var client = new OAuthClient(signedIn.System.McpOrigin, signedIn.System.Resource);
        await client.RegisterAsync();
        using var browser = new Browser();
        var code = await client.GetCodeAsync(browser, ("resource", null));
        var tokens = await client.RedeemAsync(code, ("resource", null));

        // behaviour.md B3: without `resource` the npm package issues a token that it then refuses.
        Assert.Equal(200, tokens.Status);
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
        Assert.Equal(signedIn.System.Resource, JwtReader.Payload(tokens.AccessToken)["aud"]!.ToString());

        var refreshed = await client.RefreshAsync(tokens.RefreshToken, ("resource", null));
        Assert.Equal(200, refreshed.Status);
        Assert.Equal(200, await signedIn.StatusAsync(refreshed.AccessToken));
        Assert.Equal(200, (await client.PostAsync("/revoke", [("token", refreshed.RefreshToken)])).Status);
        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(401, await signedIn.StatusAsync(refreshed.AccessToken));
    }

    // é: the web server reads it, and no HTTP client sends it.
    [Theory]
    [InlineData("Authorization: Basic \u00c3\u00a9")]
    [InlineData("DPoP: \u00c3\u00a9")]
    [InlineData("Accept: application/json; q=\u00c3\u00a9")]
    [InlineData("Content-Type: application/x-www-form-urlencoded; charset=\u00c3\u00a9")]
    public async Task A_header_that_cannot_be_forwarded_is_no_outage_of_the_authorization_server(string header)
    {
        var signedIn = await modes.InAsync(standalone: true);
        var type = header.StartsWith("Content-Type", StringComparison.Ordinal) ? "" : "Content-Type: application/x-www-form-urlencoded\r\n";
        var answer = await RawHttp.SendBytesAsync(
            signedIn.System.McpOrigin,
            $"POST /token HTTP/1.1\r\nHost: {new Uri(signedIn.System.McpOrigin).Authority}\r\nConnection: close\r\n{type}{header}\r\n"
                + "Content-Length: 15\r\n\r\ngrant_type=junk"
        );
        Assert.Matches("^HTTP/1.1 4", answer);
    }

    // The authorization server cannot know which of its resources is meant; the MCP server can.
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_client_that_names_none_of_several_resources_gets_a_token_for_the_server_it_contacted(string? none)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp");
            var resource = $"http://localhost:{options.McpPort}/mcp";
            options.AddClient(
                0,
                "job",
                key: null,
                ("GrantTypes:0", "client_credentials"),
                ("Resources:0", resource),
                ("Resources:1", "https://other.example/mcp")
            );
        });
        using var client = new OAuthClient(system.McpOrigin, system.Resource);
        await client.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("resource", none)), ("resource", none));
        Assert.Equal(system.Resource, Jwt.Read(tokens.AccessToken)["aud"]);
        var refreshed = await client.RefreshAsync(tokens.RefreshToken, ("resource", none));
        Assert.Equal(system.Resource, Jwt.Read(refreshed.AccessToken)["aud"]);

        client.ClientId = "job";
        client.ClientSecret = ConfiguredClients.Secret;
        var own = await client.TokenAsync([("grant_type", "client_credentials"), ("resource", none)]);
        Assert.Equal(system.Resource, Jwt.Read(own.AccessToken)["aud"]);

        // A client that names a different resource gets that one.
        client.ClientId = "";
        await client.RegisterAsync();
        var other = ("resource", "https://other.example/mcp");
        Assert.Equal(
            other.Item2,
            Jwt.Read((await client.RedeemAsync(await client.GetCodeAsync(browser, other), other)).AccessToken)["aud"]
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_metadata_on_the_MCP_origin_is_that_of_the_authorization_server(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var own = await signedIn.Client.Http.GetFromJsonAsync<JsonObject>(signedIn.System.Issuer + "/.well-known/openid-configuration");
        foreach (
            var path in new[]
            {
                "/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server",
                "/.well-known/openid-configuration/mcp",
                "/.well-known/oauth-authorization-server/mcp",
            }
        )
        {
            var found = await signedIn.Client.Http.GetFromJsonAsync<JsonObject>(signedIn.System.McpOrigin + path);
            Assert.True(JsonNode.DeepEquals(own, found), path);
        }

        using var unknown = await signedIn.Client.Http.GetAsync(
            new Uri(signedIn.System.McpOrigin + "/.well-known/oauth-authorization-server/other")
        );
        Assert.Equal(404, (int)unknown.StatusCode);
    }

    [Fact]
    public async Task A_browser_is_only_ever_redirected_to_the_authorization_server()
    {
        var signedIn = await modes.InAsync(standalone: true);
        foreach (var query in new[] { "?client_id=a%26b&state=x%0d%0ay&redirect_uri=https%3A%2F%2Fevil.example", "", "?@evil.example" })
        {
            using var response = await signedIn.Client.Http.GetAsync(new Uri(signedIn.System.McpOrigin + "/authorize" + query));
            Assert.Equal(302, (int)response.StatusCode);
            Assert.Equal(signedIn.System.Issuer + "/authorize" + query, response.Headers.Location!.OriginalString);
        }
    }

    [Fact]
    public async Task Errors_from_the_authorization_server_are_passed_on_unchanged()
    {
        var signedIn = await modes.InAsync(standalone: true);
        using var client = new OAuthClient(signedIn.System.McpOrigin, signedIn.System.Resource) { ClientId = signedIn.Client.ClientId };
        var direct = await signedIn.Client.RedeemAsync("no-such-code");
        var forwarded = await client.RedeemAsync("no-such-code");
        Assert.Equal((direct.Status, direct.Error), (forwarded.Status, forwarded.Error));
        Assert.True(forwarded.Headers.CacheControl?.NoStore);

        using var large = new StringContent(new string('x', 70_000));
        using var refused = await signedIn.Client.Http.PostAsync(signedIn.System.McpOrigin + "/token", large);
        Assert.Equal(413, (int)refused.StatusCode);
    }

    // Handlers that a host adds to every HTTP client, as ServiceDefaults does, throw their own exceptions.
    [Fact]
    public async Task An_exception_from_the_hosts_HTTP_pipeline_yields_503_and_not_a_fault()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Mcp = builder => builder.Services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler(() => new GivesUp()));
        });
        using var client = new OAuthClient(signedIn.System.McpOrigin, signedIn.System.Resource) { ClientId = signedIn.Client.ClientId };
        var answer = await client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal((503, "temporarily_unavailable"), (answer.Status, answer.Error));
        Assert.Equal(503, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
    }

    [Fact]
    public async Task The_proxy_can_be_turned_off()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:ResourceServer:ProxyAuthorizationServer", "false");
        });
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };
        foreach (var path in new[] { "/.well-known/oauth-authorization-server", "/authorize", "/token", "/register" })
        {
            using var response = await http.GetAsync(new Uri(system.McpOrigin + path));
            Assert.Equal(404, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task An_unreachable_authorization_server_makes_the_MCP_server_unavailable_and_not_faulty()
    {
        var away = $"http://localhost:{Loopback.FreePort()}";
        using var store = TestStore.Sqlite();
        var resource = $"http://localhost:{Loopback.FreePort()}/mcp";
        await using var mcp = await TestSite.StartAsync(
            new Uri(resource).Port,
            [.. store.Settings, new("McpOidc:Authority", away), new("McpOidc:ResourceServer:Resource", resource)],
            builder => builder.Services.AddMcpOidc().AddResourceServer().UseConfiguredStore(),
            app =>
            {
                app.UseMcpOidc();
                app.MapMcpOidc();
            }
        );
        using var client = new OAuthClient(new Uri(resource).GetLeftPart(UriPartial.Authority), resource);
        foreach (var path in new[] { "/token", "/register" })
        {
            var answer = await client.PostAsync(path, []);
            Assert.Equal((503, "temporarily_unavailable"), (answer.Status, answer.Error));
        }

        using var metadata = await client.Http.GetAsync(new Uri(client.Issuer + "/.well-known/oauth-authorization-server"));
        Assert.Equal(503, (int)metadata.StatusCode);
        using var call = await client.CallAsync(resource, "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.AAAA");
        Assert.Equal(503, (int)call.StatusCode);
        Assert.NotNull(call.Headers.RetryAfter);
        using var none = await client.CallAsync(resource, null);
        Assert.Equal(401, (int)none.StatusCode);
    }

    private sealed class GivesUp : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("The circuit is open.");
    }
}
