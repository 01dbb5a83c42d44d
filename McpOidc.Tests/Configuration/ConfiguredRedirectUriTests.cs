using CsCheck;
using McpOidc.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Configuration;

/// <summary>Redirect URIs of pre-registered clients: an operator's slip does not open a hole either.</summary>
public sealed class ConfiguredRedirectUriTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_configured_client_cannot_have_a_redirect_URI_that_a_browser_executes_or_reads_from_disk() =>
        Gen.Select(
                Gen.OneOf("javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "view-source"),
                Gen.Int,
                Gen.OneOf(
                    ":alert(1)",
                    "://app.example/cb",
                    "://%0aalert(1)",
                    ":text/html,x",
                    ":///etc/passwd",
                    ":/cb",
                    "://localhost/cb",
                    ":https://app.example/cb"
                )
            )
            .Select((scheme, cases, rest) => InMixedCase(scheme, cases) + rest)
            .Sample(uri => Assert.NotEmpty(ProblemsOf(uri)));

    [Theory]
    [InlineData("http://portal.example/cb")]
    [InlineData("http://127.0.0.2/cb")]
    [InlineData("http://127.1/cb")]
    [InlineData("http://LOCALHOST/cb")]
    [InlineData("https://user@portal.example/cb")]
    [InlineData("https://portal.example/cb#x")]
    [InlineData("https://portal.example/c b")]
    [InlineData("https://*.portal.example/cb")]
    [InlineData("localhost:3000/cb")]
    [InlineData("portal.example/cb")]
    [InlineData("//portal.example/cb")]
    [InlineData("/cb")]
    [InlineData("")]
    public void A_configured_client_cannot_have_a_redirect_URI_that_could_never_match(string uri) => Assert.NotEmpty(ProblemsOf(uri));

    [Theory]
    [InlineData("https://portal.example/cb?tenant=1")]
    [InlineData("https://portal.example:8443/cb")]
    [InlineData("http://localhost:3000/cb")]
    [InlineData("http://127.0.0.1/cb")]
    [InlineData("http://[::1]/cb")]
    [InlineData("com.example.app:/cb")]
    [InlineData("editor://host/cb")]
    public void A_configured_client_can_use_https_loopback_and_any_private_scheme(string uri) => Assert.Empty(ProblemsOf(uri));

    private static string InMixedCase(string scheme, int cases) =>
        string.Concat(scheme.Select((letter, at) => (cases >> (at % 31) & 1) == 1 ? char.ToUpperInvariant(letter) : letter));

    private IEnumerable<string> ProblemsOf(string uri)
    {
        var client = new ClientOptions
        {
            Id = "portal",
            GrantTypes = { "authorization_code" },
            RedirectUris = { uri },
        };
        var options = new McpOidcOptions { Clients = { client } };
        return new ClientOptionsValidator(_services).Validate(null, options).Failures ?? [];
    }
}
