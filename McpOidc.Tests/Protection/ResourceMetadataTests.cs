using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Protection;

/// <summary>Protected resource metadata (G10, G27).</summary>
public sealed class ResourceMetadataTests(BothModes modes) : IClassFixture<BothModes>
{
    private const string WellKnown = "/.well-known/oauth-protected-resource";

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "/mcp")]
    [InlineData(true, "")]
    [InlineData(true, "/mcp")]
    public async Task The_metadata_names_the_resource_as_people_type_it_and_the_issuer_byte_for_byte(bool standalone, string suffix)
    {
        var signedIn = await modes.InAsync(standalone);
        using var response = await signedIn.Client.Http.GetAsync(new Uri(signedIn.System.McpOrigin + WellKnown + suffix));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.MaxAge <= TimeSpan.FromHours(1));

        var document = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(signedIn.System.Resource, document["resource"]!.ToString());
        var server = Assert.Single(document["authorization_servers"]!.AsArray())!.ToString();
        var metadata = await signedIn.Client.Http.GetFromJsonAsync<JsonObject>(
            signedIn.System.Issuer + "/.well-known/oauth-authorization-server"
        );
        Assert.Equal(metadata!["issuer"]!.ToString(), server);
        Assert.DoesNotContain("offline_access", document["scopes_supported"]!.AsArray().Select(scope => scope!.ToString()));
        Assert.Equal(["header"], document["bearer_methods_supported"]!.AsArray().Select(method => method!.ToString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_metadata_path_with_another_suffix_is_not_found(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        foreach (var suffix in new[] { "/other", "/mcp/other", "/mcp2", "/echo", "/mcp/..%2fother" })
        {
            using var response = await signedIn.Client.Http.GetAsync(new Uri(signedIn.System.McpOrigin + WellKnown + suffix));
            Assert.Equal(404, (int)response.StatusCode);
        }
    }

    // G11, behaviour.md B21
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_forged_Host_header_is_refused_and_never_echoed(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        foreach (
            var (method, target) in new[]
            {
                ("POST", "/mcp"),
                ("GET", "/mcp"),
                ("GET", WellKnown),
                ("GET", WellKnown + "/mcp"),
                ("GET", "/.well-known/openid-configuration"),
                ("GET", "/.well-known/oauth-authorization-server"),
            }
        )
        {
            foreach (var host in new[] { "evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example" })
            {
                var answer = await RawHttp.SendAsync(signedIn.System.McpOrigin, method, target, $"Host: {host}", "Content-Length: 0");
                Assert.Matches("^HTTP/1.1 (421|400)", answer);
                Assert.DoesNotContain("evil", answer, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_to_another_name_of_this_machine_gets_the_configured_URLs(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var port = new Uri(signedIn.System.McpOrigin).Port;
        foreach (var target in new[] { WellKnown + "/mcp", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server" })
        {
            var usual = Body(await RawHttp.SendAsync(signedIn.System.McpOrigin, "GET", target));
            var other = Body(await RawHttp.SendAsync(signedIn.System.McpOrigin, "GET", target, $"Host: 127.0.0.1:{port}"));
            Assert.Equal(usual, other);
            Assert.DoesNotContain("127.0.0.1", other, StringComparison.Ordinal);
        }

        var challenge = await RawHttp.SendAsync(signedIn.System.McpOrigin, "POST", "/mcp", $"Host: 127.0.0.1:{port}", "Content-Length: 0");
        Assert.StartsWith("HTTP/1.1 401", challenge, StringComparison.Ordinal);
        Assert.Contains($"resource_metadata=\"{signedIn.System.McpOrigin}{WellKnown}/mcp\"", challenge, StringComparison.Ordinal);
    }

    private static string Body(string answer) => answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
}
