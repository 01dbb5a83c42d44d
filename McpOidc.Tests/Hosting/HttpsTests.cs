using System.Text.RegularExpressions;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Hosting;

/// <summary>What an https issuer changes: cookies, transport and compression (B15, H23, C35).</summary>
public sealed class HttpsTests
{
    private const string Issuer = "https://auth.example.test";
    private static readonly string[] s_throughProxy =
    [
        "Host: auth.example.test",
        "X-Forwarded-Proto: https",
        "X-Forwarded-For: 203.0.113.9",
    ];

    [Fact]
    public async Task Over_TLS_every_cookie_has_the_host_prefix_and_cannot_be_read_by_scripts()
    {
        var port = Loopback.FreePort();
        using var certificate = Loopback.CreateCertificate();
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Issuer", $"https://localhost:{port}");
            options.Idp = idp => idp.RedirectUris.Add($"https://localhost:{port}/oauth/callback");
            options.Mcp = builder =>
                builder
                    .WebHost.UseKestrelHttpsConfiguration()
                    .ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.UseHttps(certificate)));
        });
        using var client = new OAuthClient($"https://localhost:{port}", system.Resource);
        using var browser = new Browser();
        await client.RegisterAsync();
        using var first = await client.Http.GetAsync(client.AuthorizeUrl());
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser));
        Assert.Equal(client.Issuer, JwtReader.Payload(tokens.AccessToken)["iss"]!.ToString());

        // The demo identity provider is on localhost too, and cookies ignore ports.
        var cookies = browser
            .Cookies.GetCookies(new Uri(client.Issuer))
            .Where(cookie => !cookie.Name.StartsWith("devidp-", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(
            ["__Host-mcpoidc-browser", "__Host-mcpoidc-session"],
            cookies.Select(cookie => cookie.Name).Order(StringComparer.Ordinal)
        );
        Assert.All(cookies, cookie => Assert.True(cookie is { Secure: true, HttpOnly: true, Path: "/", Domain: "localhost" }));
        var set = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^__Host-mcpoidc-browser=[A-Za-z0-9_-]{43}; path=/; secure; samesite=lax; httponly$", set);
    }

    [Fact]
    public async Task Every_response_over_https_sends_HSTS_and_no_response_over_http_does()
    {
        await using var system = await StartBehindProxyAsync();
        foreach (var target in new[] { "/.well-known/openid-configuration", "/authorize", "/session/end", "/nowhere" })
        {
            Assert.Contains(
                "Strict-Transport-Security: max-age=31536000",
                await RawHttp.SendAsync(system.McpOrigin, "GET", target, s_throughProxy),
                StringComparison.Ordinal
            );
        }

        Assert.DoesNotContain(
            "Strict-Transport-Security",
            await RawHttp.SendAsync(system.McpOrigin, "GET", "/nowhere", "Host: auth.example.test"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/authorize?client_id=x", 400)]
    [InlineData("/oauth/consent?interaction=x", 400)]
    [InlineData("/oauth/callback?state=x", 400)]
    [InlineData("/session/end", 400)]
    [InlineData("/account", 400)]
    [InlineData("/admin", 405)]
    [InlineData("/admin/page/keys", 405)]
    public async Task A_page_requested_over_http_is_shown_only_over_https(string target, int posted)
    {
        await using var system = await StartBehindProxyAsync();
        var answer = await RawHttp.SendAsync(system.McpOrigin, "GET", target, "Host: auth.example.test");
        Assert.StartsWith("HTTP/1.1 302", answer, StringComparison.Ordinal);
        Assert.Contains($"Location: {Issuer}{target}\r\n", answer, StringComparison.Ordinal);
        var refused = await RawHttp.SendAsync(system.McpOrigin, "POST", target, "Host: auth.example.test", "Content-Length: 0");
        Assert.StartsWith($"HTTP/1.1 {posted}", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("Location:", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/token")]
    [InlineData("/token/revocation")]
    [InlineData("/token/introspection")]
    [InlineData("/revoke")]
    [InlineData("/request")]
    [InlineData("/register")]
    [InlineData("/me")]
    [InlineData("/oauth/idp-tokens")]
    [InlineData("/admin/keys/rotate")]
    [InlineData("/jwks")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/REGISTER")]
    [InlineData("/Admin/keys/rotate")]
    public async Task A_machine_endpoint_responds_only_over_https(string path)
    {
        await using var system = await StartBehindProxyAsync();
        var method = IsDocument(path) ? "GET" : "POST";
        var answer = await RawHttp.SendAsync(system.McpOrigin, method, path, "Host: auth.example.test", "Content-Length: 0");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("https only", answer, StringComparison.Ordinal);
    }

    // B37: every endpoint in every spelling that routing accepts; the list comes from the endpoints themselves.
    [Fact]
    public async Task No_endpoint_works_over_http_however_its_path_is_spelled()
    {
        await using var system = await StartBehindProxyAsync(options =>
        {
            options.Set("McpOidc:Admin:Key", new string('k', 40));
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
        });
        var endpoints = system
            .Server.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (endpoint.RoutePattern.RawText, endpoint.Metadata.GetMetadata<OwnEndpoint>()?.Caller))
            .Where(endpoint => endpoint.Caller is Caller.Browser or Caller.Program)
            .Distinct()
            .ToList();
        Assert.True(endpoints.Count > 20, $"Only {endpoints.Count} endpoints were found.");
        foreach (var (pattern, caller) in endpoints)
        {
            var path = Regex.Replace("/" + pattern!.Trim('/'), "{[^}]*}", "x");
            foreach (var spelling in Spellings(path))
            {
                var got = await RawHttp.SendAsync(system.McpOrigin, "GET", spelling + "?a=b", "Host: auth.example.test");
                var posted = await RawHttp.SendAsync(
                    system.McpOrigin,
                    "POST",
                    spelling,
                    "Host: auth.example.test",
                    "Content-Type: application/x-www-form-urlencoded",
                    "Content-Length: 0"
                );
                foreach (var answer in new[] { got, posted })
                {
                    var isHttps = answer.Contains($"\r\nLocation: {Issuer}/", StringComparison.Ordinal);
                    Assert.True(
                        answer.StartsWith("HTTP/1.1 40", StringComparison.Ordinal) || (isHttps && caller == Caller.Browser),
                        $"{spelling}: {answer}"
                    );
                    Assert.True(isHttps || !answer.Contains("\r\nLocation:", StringComparison.Ordinal), $"{spelling}: {answer}");
                    Assert.DoesNotContain("Set-Cookie", answer, StringComparison.Ordinal);
                }
            }
        }
    }

    private static IEnumerable<string> Spellings(string path)
    {
        yield return path;
        yield return path.ToUpperInvariant();
        yield return path + "/";
        yield return path.ToUpperInvariant() + "/";
        yield return "/." + path;
        yield return "/x/.." + path;
        yield return "/" + string.Concat(path.Skip(1).Select(letter => letter == '/' ? "/" : $"%{(int)letter:X2}"));
    }

    [Fact]
    public async Task Behind_an_unconfigured_proxy_the_response_names_the_missing_setting_and_does_not_redirect()
    {
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Issuer", Issuer));
        var page = await RawHttp.SendAsync(system.McpOrigin, "GET", "/authorize?client_id=x", s_throughProxy);
        Assert.StartsWith("HTTP/1.1 400", page, StringComparison.Ordinal);
        Assert.Contains("McpOidc:TrustedProxies", page, StringComparison.Ordinal);
        // The URLs an operator tries first.
        foreach (var path in new[] { "/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/token" })
        {
            var answer = await RawHttp.SendAsync(
                system.McpOrigin,
                IsDocument(path) ? "GET" : "POST",
                path,
                [.. s_throughProxy, "Content-Length: 0"]
            );
            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
            Assert.Contains("McpOidc:TrustedProxies", answer, StringComparison.Ordinal);
        }
    }

    // BREACH
    [Fact]
    public async Task A_host_that_compresses_responses_does_not_compress_responses_that_contain_secrets()
    {
        await using var system = await StartBehindProxyAsync(options =>
        {
            options.Mcp = builder =>
            {
                builder.Services.AddResponseCompression(compression =>
                {
                    compression.EnableForHttps = true;
                    compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/html"];
                });
                builder.Services.AddSingleton<IStartupFilter>(new FirstMiddleware(app => app.UseResponseCompression()));
            };
            options.Map = app => app.MapGet("/plain", () => Results.Text(new string('x', 5000)));
        });
        string[] headers = [.. s_throughProxy, "Accept-Encoding: gzip", "Content-Length: 0"];
        Assert.Contains(
            "Content-Encoding: gzip",
            await RawHttp.SendAsync(system.McpOrigin, "GET", "/plain", headers),
            StringComparison.Ordinal
        );
        foreach (
            var (method, target) in new[]
            {
                ("POST", "/token"),
                ("POST", "/register"),
                ("POST", "/request"),
                ("GET", "/authorize?client_id=x"),
                ("GET", "/oauth/consent"),
                ("GET", "/session/end"),
            }
        )
        {
            Assert.DoesNotContain(
                "Content-Encoding",
                await RawHttp.SendAsync(system.McpOrigin, method, target, headers),
                StringComparison.Ordinal
            );
        }
    }

    private static Task<TestSystem> StartBehindProxyAsync(Action<TestSystemOptions>? more = null) =>
        TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Issuer", Issuer);
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            more?.Invoke(options);
        });

    private static bool IsDocument(string path) => path == "/jwks" || path.StartsWith("/.well-known/", StringComparison.Ordinal);
}
