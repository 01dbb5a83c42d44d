using McpOidc.Registration;

namespace McpOidc.Tests.Registration;

/// <summary>What a redirect URI may be, and what an error says about one that is invalid (security cases A07, E04).</summary>
public sealed class RedirectUriTests
{
    [Theory]
    [InlineData("https://app.example/cb", "Https", "app.example")]
    [InlineData("HTTPS://app.example:8443?a=b", "Https", "app.example")]
    [InlineData("https://localhost/cb", "Https", "localhost")]
    [InlineData("https://xn--bcher-kva.example/", "Https", "xn--bcher-kva.example")]
    [InlineData("http://localhost", "Loopback", "localhost")]
    [InlineData("http://127.0.0.1:65535/cb", "Loopback", "127.0.0.1")]
    [InlineData("cursor://anysphere.cursor-mcp/cb", "PrivateScheme", "anysphere.cursor-mcp")]
    [InlineData("com.example.app:/cb", "PrivateScheme", "")]
    [InlineData("https://app.example/!$%&'()+,-.0:;=?@[]_~", "Https", "app.example")]
    public void A_valid_redirect_URI_has_a_kind_and_a_host_to_show(string value, string kind, string host)
    {
        var uri = RedirectUri.Read(value, out var problem);

        Assert.Null(problem);
        Assert.Equal((kind, host), (uri!.Kind.ToString(), uri.Host));
    }

    [Theory]
    [InlineData(null, "is empty")]
    [InlineData("", "is empty")]
    [InlineData("/cb", "is not an absolute URI")]
    [InlineData("//app.example/cb", "is not an absolute URI")]
    [InlineData("app.example", "is not an absolute URI")]
    [InlineData("https://*.example/cb", "contains a wildcard")]
    [InlineData("https://app.example/cb#", "contains a fragment (RFC 6749 section 3.1.2)")]
    [InlineData("https://user@app.example/cb", "contains user information")]
    [InlineData("cursor://user@host/cb", "contains user information")]
    [InlineData("https:app.example/cb", "is not an absolute URI")]
    [InlineData("http:/localhost/cb", "is not an absolute URI")]
    [InlineData("https:///cb", "is not an absolute URI")]
    [InlineData("https://?a=b", "is not an absolute URI")]
    [InlineData("https://:443/cb", "is not an absolute URI")]
    [InlineData("https://app%2eexample/cb", "is not an absolute URI")]
    [InlineData("https://[fe80::1%25eth0]/cb", "has a host with a percent sign")]
    [InlineData("https://127.1/cb", "has an IP address in an unusual form; use the standard form")]
    [InlineData("http://app.example/cb", "uses http, which is only for localhost, 127.0.0.1 and [::1]; use https")]
    public void An_error_says_what_is_wrong_with_a_redirect_URI(string? value, string expected)
    {
        Assert.Null(RedirectUri.Read(value, out var problem));
        Assert.Equal(expected, problem);
        Assert.Null(RedirectUri.Read(value));
    }

    [Theory]
    [InlineData(' ')]
    [InlineData('\0')]
    [InlineData('\u007f')]
    [InlineData('\u00e9')]
    [InlineData('\\')]
    [InlineData('"')]
    [InlineData('<')]
    [InlineData('>')]
    [InlineData('^')]
    [InlineData('`')]
    [InlineData('{')]
    [InlineData('|')]
    [InlineData('}')]
    public void A_redirect_URI_contains_only_characters_that_a_URI_may_contain(char character)
    {
        Assert.Null(RedirectUri.Read($"https://app.example/{character}", out var problem));
        Assert.StartsWith("contains a character that is not allowed in a URI", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("javascript:/x")]
    [InlineData("DATA:/x")]
    [InlineData("file:///x")]
    [InlineData("vbscript:/x")]
    [InlineData("blob:/x")]
    [InlineData("about:/x")]
    [InlineData("ftp://host/x")]
    [InlineData("ws://host/x")]
    [InlineData("wss://host/x")]
    [InlineData("view-source:/x")]
    [InlineData("filesystem:/x")]
    [InlineData("ms-appx:/x")]
    [InlineData("localhost:3000/cb")]
    [InlineData("cursor:cb")]
    [InlineData("cursor:")]
    public void A_private_scheme_can_be_owned_by_an_application_and_is_followed_by_a_slash(string value)
    {
        Assert.Null(RedirectUri.Read(value, out var problem));
        Assert.StartsWith("has a scheme that no application can own", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_redirect_URI_has_at_most_2048_characters()
    {
        var longest = "https://app.example/".PadRight(2048, 'a');

        Assert.NotNull(RedirectUri.Read(longest));
        Assert.Null(RedirectUri.Read(longest + "a", out var problem));
        Assert.Equal("is longer than 2048 characters", problem);
    }

    [Theory]
    [InlineData("cursor://host/cb", true)]
    [InlineData("CURSOR://host/cb", true)]
    [InlineData("cursor://host", true)]
    [InlineData("cursor://hos", false)]
    [InlineData("cursor:", false)]
    [InlineData("cursor", false)]
    [InlineData("curso", false)]
    [InlineData("", false)]
    [InlineData("cursox://host", false)]
    [InlineData("cursor://Host/cb", false)]
    public void A_URI_starts_with_a_prefix_whatever_the_case_of_its_scheme(string value, bool starts) =>
        Assert.Equal(starts, RedirectUri.StartsWith(value, "cursor://host"));

    [Theory]
    [InlineData("cursor", true)]
    [InlineData("com.example.app", true)]
    [InlineData("", false)]
    [InlineData("1app", false)]
    [InlineData("my app", false)]
    [InlineData("HTTP", false)]
    public void A_private_scheme_is_a_scheme_that_no_browser_uses(string scheme, bool canBePrivate) =>
        Assert.Equal(canBePrivate, RedirectUri.CanBePrivate(scheme));
}
