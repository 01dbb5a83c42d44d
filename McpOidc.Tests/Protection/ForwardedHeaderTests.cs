using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Protection;

/// <summary>Whose word is taken for scheme, host and address of a caller (G30, D05). behaviour.md B21: the npm package believes
/// anybody.</summary>
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
    public async Task Forged_forwarding_headers_are_ignored_even_where_the_host_switches_them_on(bool standalone)
    {
        // What ASPNETCORE_FORWARDEDHEADERS_ENABLED=true becomes in the configuration of a web application.
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
    public async Task A_trusted_proxy_may_say_who_calls_and_by_which_scheme_but_not_which_host()
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
    public async Task A_network_that_does_not_contain_the_caller_is_no_reason_to_believe_it()
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

    private static string Seen(HttpContext context) =>
        $"{context.Request.Scheme} {context.Request.Host} {context.Connection.RemoteIpAddress}";
}
