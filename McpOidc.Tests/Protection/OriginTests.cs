using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>Which web pages may call what (G12, D10).</summary>
public sealed class OriginTests(BothModes modes) : IClassFixture<BothModes>
{
    private const string Inspector = "http://localhost:6274";
    private const string Stranger = "https://app.example";

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("http://localhost:9999", false)]
    [InlineData("http://localhost:62740", false)]
    [InlineData("https://localhost:6274", false)]
    [InlineData("http://127.0.0.2:6274", false)]
    [InlineData("http://127.0.0.1:6275", false)]
    [InlineData("http://localhost:6274.evil.example", false)]
    [InlineData("https://evil.example", true)]
    [InlineData("null", true)]
    public async Task An_origin_that_is_not_allowed_may_not_call_the_MCP_endpoint_with_or_without_a_token(string origin, bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Get, HttpMethod.Delete, HttpMethod.Options })
        {
            foreach (var token in new[] { null, signedIn.Tokens.AccessToken })
            {
                using var response = await SendAsync(signedIn, method, signedIn.System.Resource, origin, token);
                Assert.Equal(403, (int)response.StatusCode);
                Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            }
        }
    }

    // G31: a port on the user's own computer, where any program can serve a page.
    [Theory]
    [InlineData("Production", false, false)]
    [InlineData("Staging", false, false)]
    [InlineData("Production", true, true)]
    [InlineData("Development", false, true)]
    public async Task Outside_Development_the_Inspector_may_call_only_if_the_operator_allows_it(
        string environment,
        bool isNamed,
        bool isAllowed
    )
    {
        using var store = TestStore.Sqlite();
        List<KeyValuePair<string, string?>> settings =
        [
            .. store.Settings,
            new("McpOidc:Authority", "https://auth.example.com"),
            new("McpOidc:ResourceServer:Resource", "https://mcp.example.com/mcp"),
            new("McpOidc:Secret", new string('s', 40)),
            .. isNamed
                ? [new KeyValuePair<string, string?>("McpOidc:AllowedOrigins:0", Inspector)]
                : Array.Empty<KeyValuePair<string, string?>>(),
        ];
        await using var site = await TestSite.StartAsync(
            Loopback.FreePort(),
            settings,
            builder =>
            {
                builder.Services.AddMcpOidc().AddResourceServer().UseConfiguredStore();
                builder.Services.AddMcpServer().WithHttpTransport();
            },
            app =>
            {
                app.UseMcpOidc();
                app.MapMcpOidc();
                app.MapMcp("/mcp").RequireMcpOidc();
            },
            environment
        );
        foreach (var method in new[] { "OPTIONS", "POST" })
        {
            var answer = await RawHttp.SendAsync(
                site.Origin,
                method,
                "/mcp",
                "Host: mcp.example.com",
                "Content-Length: 0",
                $"Origin: {Inspector}",
                "Access-Control-Request-Method: POST"
            );
            Assert.Equal(isAllowed, answer.Contains($"Access-Control-Allow-Origin: {Inspector}", StringComparison.Ordinal));
            Assert.Equal(!isAllowed, answer.StartsWith("HTTP/1.1 403", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_Inspector_and_the_server_itself_may_call_the_MCP_endpoint(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        foreach (var origin in new[] { Inspector, "http://127.0.0.1:6274", "http://[::1]:6274", signedIn.System.McpOrigin })
        {
            using var refused = await SendAsync(signedIn, HttpMethod.Post, signedIn.System.Resource, origin, null);
            Assert.Equal(401, (int)refused.StatusCode);
            Assert.Equal(origin, refused.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Contains(
                "WWW-Authenticate",
                refused.Headers.GetValues("Access-Control-Expose-Headers").Single(),
                StringComparison.Ordinal
            );
            Assert.Contains("Origin", refused.Headers.Vary);
            Assert.False(refused.Headers.Contains("Access-Control-Allow-Credentials"));

            using var allowed = await SendAsync(signedIn, HttpMethod.Post, signedIn.Echo, origin, signedIn.Tokens.AccessToken);
            Assert.Equal(200, (int)allowed.StatusCode);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_preflight_gets_its_response_before_any_token_is_required(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var response = await PreflightAsync(
            signedIn,
            signedIn.System.Resource,
            Inspector,
            "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name"
        );
        Assert.Equal(204, (int)response.StatusCode);
        Assert.Equal(Inspector, response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        AssertAllows(response, "Authorization", "Content-Type", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name");
    }

    [Theory]
    [InlineData("traceparent")]
    [InlineData("x-request-id, Mcp-Param-Region,baggage")]
    public async Task An_allowed_origin_may_send_any_header(string headers)
    {
        var signedIn = await modes.InAsync(standalone: true);
        foreach (
            var (url, origin) in new[]
            {
                (signedIn.System.Resource, Inspector),
                (signedIn.System.Issuer + "/token", Stranger),
                (signedIn.System.Issuer + "/.well-known/openid-configuration", Stranger),
                (signedIn.System.McpOrigin + "/.well-known/oauth-protected-resource", Stranger),
            }
        )
        {
            using var preflight = await PreflightAsync(signedIn, url, origin, headers);
            Assert.Equal(204, (int)preflight.StatusCode);
            AssertAllows(preflight, headers.Split(',', StringSplitOptions.TrimEntries));
        }

        using var refused = await PreflightAsync(signedIn, signedIn.System.Resource, "https://evil.example", headers);
        Assert.Equal(403, (int)refused.StatusCode);
    }

    // The web server reads UTF-8 in header fields and refuses to send it.
    [Theory]
    [InlineData("/token")]
    [InlineData("/.well-known/openid-configuration")]
    public async Task A_preflight_for_a_header_whose_name_is_none_is_no_fault(string path)
    {
        var signedIn = await modes.InAsync(standalone: true);
        var answer = await RawHttp.SendAsync(
            signedIn.System.Issuer,
            "OPTIONS",
            path,
            "Origin: https://app.example",
            "Access-Control-Request-Method: POST",
            // é
            "Access-Control-Request-Headers: x-caf\u00c3\u00a9, authorization, a b, x-good"
        );
        Assert.StartsWith("HTTP/1.1 204", answer, StringComparison.Ordinal);
        Assert.Contains("x-good", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("x-caf", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_origin_can_be_allowed_by_a_setting()
    {
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:AllowedOrigins:0", Stranger));
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        foreach (var (origin, status) in new[] { (Stranger, 401), (Stranger + ".evil", 403), ("http://app.example", 403) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, system.Resource);
            request.Headers.Add("Origin", origin);
            using var response = await http.SendAsync(request);
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration", "GET", 200)]
    [InlineData("/.well-known/oauth-authorization-server", "GET", 200)]
    [InlineData("/.well-known/oauth-authorization-server/unknown", "GET", 404)]
    [InlineData("/jwks", "GET", 200)]
    [InlineData("/token", "POST", 400)]
    [InlineData("/register", "POST", 400)]
    [InlineData("/token/revocation", "POST", 400)]
    [InlineData("/me", "GET", 401)]
    public async Task The_machine_endpoints_allow_every_origin_without_credentials_even_for_errors(string path, string method, int status)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await SendAsync(
            signedIn,
            new HttpMethod(method),
            signedIn.System.Issuer + path,
            Stranger,
            null,
            method == "POST"
                ? new StringContent("{", null, path == "/register" ? "application/json" : "application/x-www-form-urlencoded")
                : null
        );
        Assert.InRange((int)response.StatusCode, status, status == 400 ? 401 : status);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));

        using var preflight = await PreflightAsync(
            signedIn,
            signedIn.System.Issuer + path,
            Stranger,
            "mcp-protocol-version,authorization,content-type"
        );
        Assert.Equal(204, (int)preflight.StatusCode);
        AssertAllows(preflight, "MCP-Protocol-Version", "Authorization", "Content-Type");
    }

    [Theory]
    [InlineData("/.well-known/oauth-protected-resource")]
    [InlineData("/.well-known/oauth-protected-resource/mcp")]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/oauth-authorization-server/mcp")]
    public async Task The_metadata_on_the_MCP_origin_can_be_read_from_every_origin(string path)
    {
        var signedIn = await modes.InAsync(standalone: true);
        using var response = await SendAsync(signedIn, HttpMethod.Get, signedIn.System.McpOrigin + path, Stranger, null);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        using var preflight = await PreflightAsync(signedIn, signedIn.System.McpOrigin + path, Stranger, "mcp-protocol-version");
        Assert.Equal(204, (int)preflight.StatusCode);
    }

    [Theory]
    [InlineData("/authorize?client_id=x")]
    [InlineData("/oauth/consent?interaction=x")]
    [InlineData("/oauth/callback?state=x&code=y")]
    [InlineData("/oauth/idp-tokens")]
    public async Task Pages_allow_no_cross_origin_requests(string path)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await SendAsync(signedIn, HttpMethod.Get, signedIn.System.Issuer + path, Stranger, null);
        using var preflight = await PreflightAsync(signedIn, signedIn.System.Issuer + path, Stranger, "authorization");
        Assert.DoesNotContain(
            response.Headers.Concat(preflight.Headers),
            header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)
        );
    }

    private static async Task<HttpResponseMessage> SendAsync(
        SignedInSystem signedIn,
        HttpMethod method,
        string url,
        string origin,
        string? token,
        HttpContent? content = null
    )
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.Add("Origin", origin);
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        return await signedIn.Client.Http.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> PreflightAsync(SignedInSystem signedIn, string url, string origin, string headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, url);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", headers);
        return await signedIn.Client.Http.SendAsync(request);
    }

    private static void AssertAllows(HttpResponseMessage preflight, params string[] headers) =>
        Assert.Superset(headers.ToHashSet(), preflight.Headers.GetValues("Access-Control-Allow-Headers").Single().Split(", ").ToHashSet());
}
