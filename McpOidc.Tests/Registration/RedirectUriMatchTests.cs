using CsCheck;
using McpOidc.Registration;

namespace McpOidc.Tests.Registration;

public sealed class RedirectUriMatchTests
{
    [Theory]
    [InlineData("https://app.example/cb")]
    [InlineData("https://app.example/cb?tenant=a%2Fb&x=%2e%2e")]
    [InlineData("https://app.example:8443/cb")]
    [InlineData("https://app.example/users/@me")]
    [InlineData("https://app.example/cb?mail=a@b.example")]
    [InlineData("http://127.0.0.1:3000/cb")]
    [InlineData("com.example.app:/cb")]
    [InlineData("cursor://anysphere.cursor-retrieval/oauth/user-mcp/callback")]
    public void An_identical_redirect_URI_matches(string uri) => Assert.True(RedirectUriMatch.Matches(uri, uri));

    [Theory] // A03
    [InlineData("https://app.example/cb/")]
    [InlineData("https://app.example/CB")]
    [InlineData("https://APP.example/cb")]
    [InlineData("HTTPS://app.example/cb")]
    [InlineData("https://app.example/cb?added=1")]
    [InlineData("https://app.example/cb?")]
    [InlineData("https://app.example/x/%2e%2e/cb")]
    [InlineData("https://app.example/x/../cb")]
    [InlineData("https://app.example/./cb")]
    [InlineData("https://app.example%2Fcb")]
    [InlineData("https://app.example/%63b")]
    [InlineData("https://app.example/cb/more")]
    [InlineData("https://app.example/cb#fragment")]
    [InlineData("https://app.example/cb#")]
    [InlineData("https://user@app.example/cb")]
    [InlineData("https://user:password@app.example/cb")]
    [InlineData(@"https:\\app.example\cb")]
    [InlineData(@"https://app.example\cb")]
    [InlineData(@"https://evil.test\@app.example/cb")]
    [InlineData("http://app.example/cb")]
    [InlineData("https://app.example:443/cb")]
    [InlineData("https://app.example:8443/cb")]
    [InlineData("https://app.example./cb")]
    [InlineData("https://app.example/cb ")]
    [InlineData(" https://app.example/cb")]
    [InlineData("https://app.example/cb\n")]
    [InlineData("https://app.example/cb\0")]
    [InlineData("https://аpp.example/cb")]
    [InlineData("//app.example/cb")]
    [InlineData("/cb")]
    [InlineData("")]
    public void Any_other_redirect_URI_does_not_match(string requested) =>
        Assert.False(RedirectUriMatch.Matches("https://app.example/cb", requested));

    [Theory]
    [InlineData("https://user@app.example/cb")]
    [InlineData("https://app.example/cb#fragment")]
    [InlineData(@"https://app.example\cb")]
    [InlineData("https://app.example/c b")]
    public void An_ambiguous_redirect_URI_does_not_even_match_itself(string uri) => Assert.False(RedirectUriMatch.Matches(uri, uri));

    [Theory] // A04
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb")]
    [InlineData("http://127.0.0.1:3000/cb", "http://127.0.0.1:49152/cb")]
    [InlineData("http://127.0.0.1:3000/cb", "http://127.0.0.1/cb")]
    [InlineData("http://localhost/callback", "http://localhost:1/callback")]
    [InlineData("http://localhost:8080/callback", "http://localhost:65535/callback")]
    [InlineData("http://[::1]/cb", "http://[::1]:49152/cb")]
    [InlineData("http://localhost", "http://localhost:5000")]
    [InlineData("http://localhost/cb?a=1", "http://localhost:5000/cb?a=1")]
    [InlineData("http://localhost?a=1", "http://localhost:5000?a=1")]
    public void A_loopback_URI_may_use_any_port(string registered, string requested) =>
        Assert.True(RedirectUriMatch.Matches(registered, requested));

    // RFC 3986 §6.2.3: VS Code registers one and requests the other.
    [Fact]
    public void An_empty_path_of_a_loopback_URI_equals_a_slash() =>
        Gen.Select(
                Gen.OneOf("localhost", "127.0.0.1", "[::1]"),
                Gen.Int[1, 65535].Nullable(),
                Gen.Int[1, 65535].Nullable(),
                Gen.OneOf("", "?a=1", "?next=/x", "?")
            )
            .Sample(
                (host, registeredPort, requestedPort, query) =>
                {
                    string At(int? port, string path) => $"http://{host}{(port is null ? "" : $":{port}")}{path}{query}";

                    Assert.True(RedirectUriMatch.Matches(At(registeredPort, ""), At(requestedPort, "/")));
                    Assert.True(RedirectUriMatch.Matches(At(registeredPort, "/"), At(requestedPort, "")));
                    Assert.Equal(
                        RedirectUriMatch.WithoutLoopbackPort(At(registeredPort, "")),
                        RedirectUriMatch.WithoutLoopbackPort(At(requestedPort, "/"))
                    );
                    Assert.False(RedirectUriMatch.Matches(At(registeredPort, ""), At(requestedPort, "//")));
                    Assert.True(RedirectUriMatch.IsSame(At(requestedPort, ""), At(requestedPort, "/")));
                    Assert.Equal(registeredPort == requestedPort, RedirectUriMatch.IsSame(At(registeredPort, "/"), At(requestedPort, "")));
                    Assert.False(RedirectUriMatch.Matches(At(registeredPort, "/cb"), At(requestedPort, "/cb/")));
                }
            );

    [Theory]
    [InlineData("https://app.example", "https://app.example/")]
    [InlineData("https://app.example/", "https://app.example")]
    [InlineData("cursor://host", "cursor://host/")]
    public void An_empty_path_of_any_other_URI_does_not_equal_a_slash(string registered, string requested) =>
        Assert.False(RedirectUriMatch.Matches(registered, requested));

    [Theory]
    [InlineData("cursor://Host/CB", "CURSOR://Host/CB", true)]
    [InlineData("CURSOR://Host/CB", "cursor://Host/CB", true)]
    [InlineData("com.Example.App:/cb", "com.example.app:/cb", true)]
    [InlineData("cursor://Host/CB", "cursor://host/CB", false)]
    [InlineData("cursor://Host/CB", "cursor://Host/cb", false)]
    [InlineData("cursor://Host/CB", "cursorx//Host/CB", false)]
    [InlineData("https://app.example/cb", "HTTPS://app.example/cb", false)]
    public void Only_the_scheme_of_a_private_scheme_URI_is_case_insensitive(string registered, string requested, bool matches) =>
        Assert.Equal(matches, RedirectUriMatch.Matches(registered, requested));

    [Theory] // A04: everything but the port
    [InlineData("http://localhost:5000/callback")]
    [InlineData("http://127.0.0.1:5000/cb/")]
    [InlineData("http://127.0.0.1:5000/CB")]
    [InlineData("http://127.0.0.1:5000/cb?x=1")]
    [InlineData("http://127.0.0.1:5000/cb#x")]
    [InlineData("http://127.0.0.1:5000/x/../cb")]
    [InlineData("http://127.0.0.1:5000/%63b")]
    [InlineData(@"http://127.0.0.1:5000\cb")]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("https://127.0.0.1:5000/cb")]
    [InlineData("HTTP://127.0.0.1:5000/cb")]
    [InlineData("http://localhost:5000/cb")]
    [InlineData("http://[::1]:5000/cb")]
    [InlineData("http://user@127.0.0.1:5000/cb")]
    [InlineData("http://127.0.0.1:/cb")]
    [InlineData("http://127.0.0.1:0/cb")]
    [InlineData("http://127.0.0.1:05000/cb")]
    [InlineData("http://127.0.0.1:65536/cb")]
    [InlineData("http://127.0.0.1:99999/cb")]
    [InlineData("http://127.0.0.1:+80/cb")]
    [InlineData("http://127.0.0.1:8a/cb")]
    [InlineData("http://127.0.0.1:５000/cb")]
    [InlineData("http://127.0.0.1:5000:80/cb")]
    [InlineData("http://127.0.0.1:5000@evil.test/cb")]
    [InlineData("http://127.0.0.1:5000.evil.test/cb")]
    [InlineData("http://127.0.0.1:5000/cb\n")]
    [InlineData("http:127.0.0.1:5000/cb")]
    [InlineData("http:///127.0.0.1:5000/cb")]
    public void Nothing_but_the_port_of_a_loopback_URI_may_differ(string requested) =>
        Assert.False(RedirectUriMatch.Matches("http://127.0.0.1/cb", requested));

    [Theory] // A05
    [InlineData("http://127.0.0.1.evil.test/cb")]
    [InlineData("http://localhost.evil.test/cb")]
    [InlineData("http://localhost.:80/cb")]
    [InlineData("http://127.0.0.1.:80/cb")]
    [InlineData("http://127.0.0.1@evil.test/cb")]
    [InlineData("http://localhost@evil.test/cb")]
    [InlineData("http://localhost:80@evil.test/cb")]
    [InlineData(@"http://evil.test\@localhost/cb")]
    [InlineData("http://[::1%25x]/cb")]
    [InlineData("http://[::1]evil.test/cb")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/cb")]
    [InlineData("http://[::ffff:127.0.0.1]/cb")]
    [InlineData("http://0.0.0.0/cb")]
    [InlineData("http://127.1/cb")]
    [InlineData("http://127.0.0.2/cb")]
    [InlineData("http://127.0.0.01/cb")]
    [InlineData("http://2130706433/cb")]
    [InlineData("http://0x7f000001/cb")]
    [InlineData("http://0177.0.0.1/cb")]
    [InlineData("http://%6cocalhost/cb")]
    [InlineData("http://LOCALHOST/cb")]
    [InlineData("http://xlocalhost/cb")]
    [InlineData("http://evil.test/cb?http://localhost/cb")]
    public void No_other_spelling_of_a_loopback_host_matches(string requested) =>
        Assert.DoesNotContain(
            new[] { "http://127.0.0.1/cb", "http://localhost/cb", "http://[::1]/cb" },
            registered => RedirectUriMatch.Matches(registered, requested)
        );

    [Theory]
    [InlineData("https://localhost/cb", "https://localhost:5000/cb")]
    [InlineData("http://app.example/cb", "http://app.example:5000/cb")]
    [InlineData("http://0.0.0.0/cb", "http://0.0.0.0:5000/cb")]
    [InlineData("http://127.1/cb", "http://127.1:5000/cb")]
    [InlineData("http://127.0.0.1.evil.test/cb", "http://127.0.0.1.evil.test:5000/cb")]
    [InlineData("com.example.app://localhost/cb", "com.example.app://localhost:5000/cb")]
    public void The_port_of_any_other_URI_must_match(string registered, string requested) =>
        Assert.False(RedirectUriMatch.Matches(registered, requested));
}
