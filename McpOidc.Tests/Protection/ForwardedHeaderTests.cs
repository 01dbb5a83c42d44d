using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Protection;

/// <summary>Which proxies are trusted for a caller's scheme, host and address (G30, D05). behaviour.md B21: the npm package trusts every
/// sender.</summary>
public sealed class ForwardedHeaderTests
{
    private static readonly string[] s_forged =
    [
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Prefix: /evil",
        "Forwarded: host=evil.example;proto=https",
        "X-Original-Host: evil.example",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Forged_forwarding_headers_are_ignored_even_if_the_host_enables_them(bool standalone)
    {
        // The setting that ASPNETCORE_FORWARDEDHEADERS_ENABLED=true becomes in the configuration of a web application.
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Set("ForwardedHeaders_Enabled", "true");
            options.Map = app => app.MapGet("/seen", Seen);
        });
        foreach (
            var target in new[]
            {
                "/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server",
                "/.well-known/oauth-protected-resource/mcp",
            }
        )
        {
            var answer = await RawHttp.SendAsync(system.McpOrigin, "GET", target, s_forged);
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("https://", answer, StringComparison.Ordinal);
        }

        var challenge = await RawHttp.SendAsync(system.McpOrigin, "POST", "/mcp", [.. s_forged, "Content-Length: 0"]);
        Assert.Contains($"resource_metadata=\"{system.McpOrigin}/", challenge, StringComparison.Ordinal);
        var seen = await RawHttp.SendAsync(system.McpOrigin, "GET", "/seen", s_forged);
        Assert.Contains($"http {new Uri(system.McpOrigin).Authority} ", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.9", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trusted_proxy_can_set_the_caller_and_the_scheme_and_not_the_host()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            options.Map = app => app.MapGet("/seen", Seen);
        });
        var seen = await RawHttp.SendAsync(system.McpOrigin, "GET", "/seen", s_forged);
        Assert.Contains($"https {new Uri(system.McpOrigin).Authority} 203.0.113.9", seen, StringComparison.Ordinal);
        var metadata = await RawHttp.SendAsync(system.McpOrigin, "GET", "/.well-known/openid-configuration", s_forged);
        Assert.Contains(
            $"\"issuer\":\"{system.Issuer}\"",
            metadata.Replace("\": \"", "\":\"", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("evil", metadata, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwarded_headers_from_a_caller_outside_the_trusted_networks_are_ignored()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "10.0.0.0/8");
            options.Map = app => app.MapGet("/seen", Seen);
        });
        var seen = await RawHttp.SendAsync(system.McpOrigin, "GET", "/seen", s_forged);
        Assert.Contains("http localhost", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.9", seen, StringComparison.Ordinal);
    }

    // RFC 7239 §6: a proxy may not know or disclose the caller. Entries before that one are untrusted.
    [Theory]
    [InlineData("X-Forwarded-For: unknown")]
    [InlineData("X-Forwarded-For: _hidden")]
    [InlineData("X-Forwarded-For: 203.0.113.9, unknown")]
    [InlineData("X-Forwarded-For: 203.0.113.9, not an address")]
    public async Task A_trusted_proxy_that_does_not_name_the_caller_still_supplies_the_scheme(string header)
    {
        await using var system = await StartAsync();
        var seen = await RawHttp.SendAsync(system.McpOrigin, "GET", "/seen", header, "X-Forwarded-Proto: https");
        Assert.Contains("https localhost", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.9", seen, StringComparison.Ordinal);
    }

    // Headers that a proxy does not set itself are passed through, so a caller can forge them.
    [Theory]
    [InlineData("XForwarded", "Forwarded: for=203.0.113.9;proto=https", "http ", null)]
    [InlineData("Forwarded", "X-Forwarded-For: 203.0.113.9", "http ", null)]
    [InlineData("Forwarded", "X-Forwarded-Proto: https", "http ", null)]
    [InlineData("Forwarded", "Forwarded: for=203.0.113.9;proto=https;host=evil.example", "https ", "203.0.113.9")]
    [InlineData("Forwarded", "Forwarded: For=\"[2001:db8:cafe::17]:4711\";PROTO=\"https\"", "https ", "2001:db8:cafe::17")]
    [InlineData("Forwarded", "Forwarded: for=198.51.100.1, for=203.0.113.9;proto=https;by=\"a,b;for=1.2.3.4\"", "https ", "203.0.113.9")]
    [InlineData("Forwarded", "Forwarded: for=203.0.113.9, for=127.0.0.1;proto=https", "https ", "203.0.113.9")]
    [InlineData("Forwarded", "Forwarded: for=198.51.100.1, for=unknown;proto=https", "https ", null)]
    [InlineData("Forwarded", "Forwarded: ;;=,for=\"", "http ", null)]
    public async Task Only_the_configured_family_of_forwarding_headers_is_read(string family, string header, string scheme, string? address)
    {
        await using var system = await StartAsync(options => options.Set("McpOidc:ProxyHeaders", family));
        var seen = await RawHttp.SendAsync(system.McpOrigin, "GET", "/seen", header);
        Assert.Contains(scheme + new Uri(system.McpOrigin).Authority, seen, StringComparison.Ordinal);
        Assert.Equal(address is not null, seen.Contains($" {address ?? "203.0.113.9"}", StringComparison.Ordinal));
        Assert.DoesNotContain("198.51.100.1", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("XForwarded", "X-Forwarded-For: 127.0.0.1")]
    [InlineData("XForwarded", "X-Forwarded-For: ::1")]
    [InlineData("XForwarded", "X-Forwarded-For: ::ffff:127.0.0.1")]
    [InlineData("Forwarded", "Forwarded: for=127.9.9.9")]
    public async Task A_loopback_address_reported_by_a_proxy_is_limited_like_any_other(string family, string header)
    {
        await using var system = await StartAsync(options =>
        {
            options.Set("McpOidc:ProxyHeaders", family);
            options.Set("McpOidc:RateLimits:AuthorizationsPerAddressPerMinute", "1");
        });
        RateLimits.RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        Assert.DoesNotContain("429", (await RawHttp.SendAsync(system.Issuer, "GET", "/authorize", header))[..20], StringComparison.Ordinal);
        Assert.Contains("429", (await RawHttp.SendAsync(system.Issuer, "GET", "/authorize", header))[..20], StringComparison.Ordinal);
        Assert.DoesNotContain("429", (await RawHttp.SendAsync(system.Issuer, "GET", "/authorize"))[..20], StringComparison.Ordinal);
    }

    private static Task<TestSystem> StartAsync(Action<TestSystemOptions>? configure = null) =>
        TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            options.Map = app => app.MapGet("/seen", Seen);
            configure?.Invoke(options);
        });

    private static string Seen(HttpContext context) =>
        $"{context.Request.Scheme} {context.Request.Host} {context.Connection.RemoteIpAddress}";
}
