using McpOidc.Tests.Documentation;
using Microsoft.AspNetCore.Builder;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// A server at the root of its host, below a path, and behind a proxy that strips the path: callers get the same answers, in both modes.
/// </summary>
public sealed class BelowPathTests
{
    private const string Inspector = "http://localhost:6274";

    /// <summary>How the server is reached.</summary>
    public enum Place
    {
        Root,

        /// <summary>Below a path that the proxy passes on.</summary>
        Kept,

        /// <summary>Behind a proxy that strips the path and announces it in a header.</summary>
        Stripped,
    }

    public static TheoryData<Place, bool> Places =>
        new()
        {
            { Place.Root, false },
            { Place.Root, true },
            { Place.Kept, false },
            { Place.Kept, true },
            { Place.Stripped, false },
            { Place.Stripped, true },
        };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_caller_gets_the_same_responses_as_at_the_root(Place place, bool standalone)
    {
        await using var system = await StartAsync(place, standalone);
        using var caller = new Caller(place, system);
        await caller.AssertAnswersAsync();
        await caller.AssertSignsInAsync();
    }

    // MapMcp().RequireAuthorization(), as in the MCP SDK's documentation.
    [Theory]
    [MemberData(nameof(Places))]
    public async Task An_endpoint_mapped_at_the_path_of_the_resource_is_protected_automatically(Place place, bool standalone)
    {
        await using var system = await StartAsync(place, standalone, app => app.MapMcp(PathOf(place, standalone)).RequireAuthorization());
        using var caller = new Caller(place, system);
        await caller.AssertAnswersAsync();
    }

    // The endpoint's own guard does not depend on the proxy's headers.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_endpoint_is_protected_even_if_the_proxy_does_not_report_the_path_that_it_strips(bool standalone)
    {
        await using var system = await StartAsync(Place.Stripped, standalone);
        using var caller = new Caller(Place.Stripped, system) { IsSilent = true };
        await caller.AssertGuardedAsync();
    }

    [Fact]
    public async Task A_path_prefix_is_accepted_only_from_trusted_proxies_and_only_if_it_is_one_of_ours()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Issuer", $"http://localhost:{options.ServerPort}/app");
            options.Set("McpOidc:TrustedProxies:0", "10.0.0.0/8");
        });
        var untrusted = await RawHttp.SendAsync(system.McpOrigin, "GET", "/authorize", "X-Forwarded-Prefix: /app");
        Assert.StartsWith("HTTP/1.1 404", untrusted, StringComparison.Ordinal);

        await using var behind = await StartAsync(Place.Stripped, standalone: false);
        foreach (var (prefix, status) in new[] { ("/app", 400), ("/app/", 400), ("/evil", 404), ("//evil.example", 404), ("", 404) })
        {
            var answer = await RawHttp.SendAsync(behind.McpOrigin, "GET", "/authorize", $"X-Forwarded-Prefix: {prefix}");
            Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
        }
    }

    // The configuration from docs/reverse-proxies.md.
    [NginxTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_client_behind_nginx_signs_in_and_calls_a_tool(bool standalone, bool strips)
    {
        var (port, server, mcp) = (Loopback.FreePort(), Loopback.FreePort(), standalone ? Loopback.FreePort() : 0);
        await using var nginx = await NginxServer.StartAsync(port, Locations(server, standalone ? mcp : server, strips));
        var path = standalone && !strips ? "/app/mcp" : "/mcp";
        await using var system = await TestSystem.StartAsync(options =>
        {
            (options.ServerPort, options.Standalone) = (server, standalone);
            options.McpPort = standalone ? mcp : options.McpPort;
            Configure(options, $"http://localhost:{port}", $"http://localhost:{port}", app => app.MapMcp(path).RequireMcpOidc());
        });
        using var caller = new Caller(Place.Kept, $"http://localhost:{port}/app", $"http://localhost:{port}/app/mcp");
        await caller.AssertAnswersAsync();
        await caller.AssertSignsInAsync();
    }

    private static string Locations(int server, int mcp, bool strips)
    {
        var lines = CodeBlock
            .Of("nginx")
            .Single(block => block.Text.Contains("X-Forwarded-Prefix", StringComparison.Ordinal))
            .Text.Replace("auth:8080", $"localhost:{server}", StringComparison.Ordinal)
            .Replace("mcp:8080", $"localhost:{mcp}", StringComparison.Ordinal);
        return strips
            ? lines
            : string.Join('\n', lines.Split('\n').Where(line => !line.Contains("X-Forwarded-Prefix", StringComparison.Ordinal)))
                .Replace($"localhost:{server}/;", $"localhost:{server}/app/;", StringComparison.Ordinal)
                .Replace($"localhost:{mcp}/mcp;", $"localhost:{mcp}/app/mcp;", StringComparison.Ordinal);
    }

    private static string PathOf(Place place, bool standalone) => place == Place.Kept && standalone ? "/app/mcp" : "/mcp";

    private static Task<TestSystem> StartAsync(Place place, bool standalone, Action<WebApplication>? map = null) =>
        TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            map ??= app => app.MapMcp(PathOf(place, standalone)).RequireMcpOidc();
            if (place == Place.Root)
            {
                (options.MapsMcp, options.Map) = (false, map);
                return;
            }

            var mcp = standalone ? options.McpPort : options.ServerPort;
            Configure(options, $"http://localhost:{options.ServerPort}", $"http://localhost:{mcp}", map);
        });

    private static void Configure(TestSystemOptions options, string serverOrigin, string mcpOrigin, Action<WebApplication> map)
    {
        (options.MapsMcp, options.Map) = (false, map);
        options.Set("McpOidc:Issuer", serverOrigin + "/app");
        options.Set("McpOidc:Authority", serverOrigin + "/app");
        options.Set("McpOidc:Resources:0:Uri", mcpOrigin + "/app/mcp");
        options.Set("McpOidc:ResourceServer:Resource", mcpOrigin + "/app/mcp");
        options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
        options.Set("McpOidc:TrustedProxies:1", "::1/128");
    }

    /// <summary>An external caller, or the proxy that forwards its requests.</summary>
    private sealed class Caller(Place place, string issuer, string resource) : IDisposable
    {
        private readonly OAuthClient _client = new(issuer, resource);

        public Caller(Place place, TestSystem system)
            : this(
                place,
                system.Issuer + (place == Place.Root ? "" : "/app"),
                system.McpOrigin + (place == Place.Root ? "/mcp" : "/app/mcp")
            ) { }

        /// <summary>Whether the proxy omits the header with the prefix that it strips.</summary>
        public bool IsSilent { get; init; }

        public void Dispose() => _client.Dispose();

        public async Task AssertAnswersAsync()
        {
            await AssertGuardedAsync();
            foreach (var url in new[] { resource + "/.well-known/oauth-protected-resource", WellKnown(resource), issuer + "/jwks" })
            {
                using var document = await SendAsync("GET", url);
                Assert.True(document.IsSuccessStatusCode, $"{url}: {(int)document.StatusCode}");
            }

            using var page = await SendAsync("GET", issuer + "/authorize");
            Assert.Equal(400, (int)page.StatusCode);
            Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
            var below = new Uri(issuer).AbsolutePath.TrimEnd('/');
            Assert.Contains($"href=\"{below}/oauth/", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        public async Task AssertGuardedAsync()
        {
            foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH" })
            {
                using var refused = await SendAsync(method, resource);
                Assert.Equal((method, 401), (method, (int)refused.StatusCode));
                var challenge = Assert.Single(refused.Headers.WwwAuthenticate);
                Assert.Contains($"resource_metadata=\"{WellKnown(resource)}\"", challenge.Parameter, StringComparison.Ordinal);

                using var foreign = await SendAsync(method, resource, ("Origin", "https://evil.example"));
                Assert.Equal((method, 403), (method, (int)foreign.StatusCode));
            }

            using var preflight = await SendAsync("OPTIONS", resource, ("Origin", Inspector), ("Access-Control-Request-Method", "POST"));
            Assert.Equal(204, (int)preflight.StatusCode);
            Assert.Equal(Inspector, Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Origin")));
        }

        public async Task AssertSignsInAsync()
        {
            using var browser = new Browser();
            var tokens = await _client.SignInAsync(browser);
            using var call = await SendAsync("GET", resource, ("Authorization", "Bearer " + tokens.AccessToken));
            Assert.Equal(405, (int)call.StatusCode);
            Assert.Contains("POST", call.Content.Headers.Allow);
        }

        private static string WellKnown(string resource)
        {
            var uri = new Uri(resource);
            return $"{uri.GetLeftPart(UriPartial.Authority)}/.well-known/oauth-protected-resource{uri.AbsolutePath}";
        }

        private async Task<HttpResponseMessage> SendAsync(string method, string url, params (string Name, string Value)[] headers)
        {
            var target = new Uri(url);
            var isTakenAway = place == Place.Stripped && target.AbsolutePath.StartsWith("/app/", StringComparison.Ordinal);
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                isTakenAway ? target.GetLeftPart(UriPartial.Authority) + target.PathAndQuery["/app".Length..] : url
            );
            if (isTakenAway && !IsSilent)
            {
                request.Headers.Add("X-Forwarded-Prefix", "/app");
            }

            foreach (var (name, value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            return await _client.Http.SendAsync(request);
        }
    }
}
