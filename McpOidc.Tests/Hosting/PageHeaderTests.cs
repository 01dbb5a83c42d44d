using System.Text.RegularExpressions;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Builder;

namespace McpOidc.Tests.Hosting;

/// <summary>The headers of every page, and what no response may reveal (H22, H24, B04, B21, B22).</summary>
public sealed class PageHeaderTests
{
    [Fact]
    public async Task Every_page_forbids_scripts_frames_sniffing_referrers_devices_and_caches()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            options.Set("McpOidc:RateLimits:AuthorizationsPerAddressPerMinute", "1");
            options.Map = app =>
                app.MapGet("/fault", string () => throw new InvalidDataException("expected")).As(new OwnEndpoint { IsBelowIssuer = false });
        });
        RateLimits.RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var consent = await client.OpenConsentAsync(browser);
        client.Http.DefaultRequestHeaders.Add("Accept", "text/html");
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        (string Url, int Status)[] pages =
        [
            (client.AuthorizeUrl(("client_id", "nobody")), 400),
            (client.AuthorizeUrl(), 429),
            ($"{system.Issuer}/oauth/consent", 400),
            ($"{system.Issuer}/oauth/callback", 400),
            ($"{system.Issuer}/session/end", 200),
            ($"{system.Issuer}/session/end?post_logout_redirect_uri=https://evil.example/", 400),
            ($"{system.Issuer}/fault", 500),
        ];
        foreach (var (url, status) in pages)
        {
            using var response = await client.Http.GetAsync(url);
            Assert.Equal((url, status), (url, (int)response.StatusCode));
            await AssertGuardedAsync(response);
        }

        using var shown = await browser.GetAsync(
            browser.Visited[^1] + "?interaction=" + Regex.Match(consent.Html!, "name=\"interaction\" value=\"([^\"]+)\"").Groups[1].Value
        );
        Assert.Equal(200, (int)shown.StatusCode);
        await AssertGuardedAsync(shown);
    }

    // A client that uses a sign-in popup waits in the window that opened it.
    [Fact]
    public async Task Pages_of_an_authorization_request_keep_their_opener_and_account_and_admin_pages_do_not()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Admin:Claim", "groups");
            options.Set("McpOidc:Admin:Value", "staff");
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        foreach (var path in new[] { "/account", "/admin" })
        {
            using var redirect = await browser.GetAsync(system.Issuer + path);
            Assert.Equal("same-origin", Assert.Single(redirect.Headers.GetValues("Cross-Origin-Opener-Policy")));
            await browser.OpenAsync(system.Issuer + path, uri => uri.AbsolutePath == path);
            using var page = await browser.GetAsync(system.Issuer + path);
            await AssertGuardedAsync(page, keepsOpener: false);
        }

        var next = client.AuthorizeUrl(("prompt", "login consent"));
        while (next.StartsWith(system.Issuer + "/", StringComparison.Ordinal))
        {
            using var step = await browser.GetAsync(next);
            Assert.False(step.Headers.Contains("Cross-Origin-Opener-Policy"));
            next = (await NextAsync(browser, step)).AbsoluteUri;
        }

        Assert.StartsWith(system.Idp!.Issuer, next, StringComparison.Ordinal);
    }

    private static async Task<Uri> NextAsync(Browser browser, HttpResponseMessage step)
    {
        var at = step.RequestMessage!.RequestUri!;
        if (step.Headers.Location is { } location)
        {
            return new Uri(at, location);
        }

        var (action, fields) = browser.ReadForm(await step.Content.ReadAsStringAsync(), at)!.Value;
        using var sent = await browser.PostAsync(action, fields);
        Assert.False(sent.Headers.Contains("Cross-Origin-Opener-Policy"));
        return new Uri(at, sent.Headers.Location!);
    }

    [Fact]
    public async Task No_response_names_the_server_or_its_version()
    {
        await using var system = await TestSystem.StartAsync();
        string[] answers =
        [
            await RawHttp.SendAsync(system.McpOrigin, "GET", "/authorize"),
            await RawHttp.SendAsync(system.McpOrigin, "GET", "/.well-known/openid-configuration"),
            await RawHttp.SendAsync(system.McpOrigin, "POST", "/token", "Content-Length: 0"),
            await RawHttp.SendAsync(system.McpOrigin, "GET", "/nowhere"),
            await RawHttp.SendAsync(system.McpOrigin, "GET", "/", "Host: elsewhere.example"),
            await RawHttp.SendBytesAsync(system.McpOrigin, "NONSENSE\r\n\r\n"),
        ];
        Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 ", answer, StringComparison.Ordinal));
        Assert.All(
            answers,
            answer => Assert.DoesNotMatch("(?im)^(Server|X-Powered-By|X-AspNet[^:]*):|kestrel|asp\\.net|openiddict", answer)
        );
    }

    private static async Task AssertGuardedAsync(HttpResponseMessage response, bool keepsOpener = true)
    {
        string Header(string name) => string.Join(", ", response.Headers.TryGetValues(name, out var values) ? values : []);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            Header("Content-Security-Policy")
        );
        Assert.Equal("DENY", Header("X-Frame-Options"));
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header("Referrer-Policy"));
        Assert.Equal(keepsOpener ? "" : "same-origin", Header("Cross-Origin-Opener-Policy"));
        Assert.Equal("camera=(), geolocation=(), microphone=()", Header("Permissions-Policy"));
        Assert.True(response.Headers.CacheControl!.NoStore);
        var html = await response.Content.ReadAsStringAsync();
        Assert.DoesNotMatch("(?i)<script| on[a-z]+=|style=|(src|href)=\"(https?:)?//", html);
    }
}
