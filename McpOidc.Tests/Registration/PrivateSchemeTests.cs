using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Redirect URIs with an application's private-use scheme (RFC 8252 §7.1; security cases A07, A08).</summary>
public sealed class PrivateSchemeTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    private const string Web = "https://app.example/cb";

    // docs/clients.md
    public static TheoryData<string> Known =>
        [
            "claude://claude.ai/mcp-auth-callback/sdk",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "vscode://vscode.example/callback",
            "vscode-insiders://vscode.example/callback",
            "vscodium://vscode.example/callback",
            "code-oss://vscode.example/callback",
            "windsurf://codeium.windsurf/callback",
            "kiro://kiro.kiroAgent/callback",
            "zed://mcp/callback",
            "raycast://oauth?package_name=Extension",
            "com.raycast:/oauth?package_name=Extension",
            "warp://mcp/oauth2callback",
        ];

    [Theory]
    [MemberData(nameof(Known))]
    public async Task A_well_known_private_scheme_is_recognized_in_any_case(string uri)
    {
        foreach (var sent in new[] { uri, uri.Split(':')[0].ToUpperInvariant() + uri[uri.IndexOf(':', StringComparison.Ordinal)..] })
        {
            using var client = fixture.System.CreateClient();
            await client.RegisterAsync(OAuthClient.Metadata(sent));
            foreach (var asked in new[] { uri, sent })
            {
                client.RedirectUri = asked;
                using var answer = await client.Http.GetAsync(client.AuthorizeUrl());
                Assert.Equal(303, (int)answer.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData("com.example.app:/callback", "com.example.app:/callback", 303)]
    [InlineData("com.example.app:/callback", "com.example.app:/callback2", 303)]
    [InlineData("com.example.app:/callback", "com.example.app:/call", 400)]
    [InlineData("example://", "example://", 303)]
    [InlineData("example://", "example:/", 400)]
    public async Task A_private_scheme_is_allowed_from_the_configured_value_on(string configured, string uri, int status)
    {
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Registration:PrivateSchemes:0", configured));
        using var client = system.CreateClient();
        await client.RegisterAsync(OAuthClient.Metadata(uri, Web));
        client.RedirectUri = uri;
        using var answer = await client.Http.GetAsync(client.AuthorizeUrl());
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task An_unknown_scheme_is_left_out_of_a_registration_and_the_response_says_so()
    {
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata("com.unknown.app:/cb", Web, "unknown://host/cb");
        metadata["post_logout_redirect_uris"] = new JsonArray("unknown://host/bye", "https://app.example/bye");

        var answer = await client.RegisterAsync(metadata);

        Assert.Equal(Web, Assert.Single(answer["redirect_uris"]!.AsArray())!.ToString());
        Assert.Equal("https://app.example/bye", Assert.Single(answer["post_logout_redirect_uris"]!.AsArray())!.ToString());
        Assert.Equal("web", answer["application_type"]!.ToString());
        client.RedirectUri = "unknown://host/cb";
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
    }

    [Fact]
    public async Task A_dangerous_redirect_URI_causes_refusal_of_the_entire_registration_or_document()
    {
        string[] dangerous =
        [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "http://app.example/cb",
            "https://u@app.example/cb",
            "https://app.example/cb#x",
            "https://*.app.example/cb",
            "https://app.example/c\nb",
            "unknown:",
        ];
        foreach (var bad in dangerous)
        {
            using var client = fixture.System.CreateClient();
            using var answer = await client.Http.PostAsJsonAsync(
                client.Issuer + "/register",
                OAuthClient.Metadata("unknown://host/cb", Web, bad)
            );
            var error = await answer.Content.ReadFromJsonAsync<JsonObject>();
            Assert.Equal((400, "invalid_redirect_uri"), ((int)answer.StatusCode, error!["error"]!.ToString()));
            Assert.StartsWith("redirect_uris[2] ", error["error_description"]!.ToString(), StringComparison.Ordinal);
            var url = fixture.Publish(document => document["redirect_uris"] = new JsonArray("unknown://host/cb", Web, bad));
            await fixture.AssertRefusedAsync(url, "redirect_uris[2]");
        }
    }

    [Fact]
    public async Task Only_the_requested_redirect_URI_of_a_document_is_checked()
    {
        var url = fixture.Publish(document =>
            document["redirect_uris"] = new JsonArray(OAuthClient.DefaultRedirectUri, "unknown://host/cb", "claude://claude.ai/x")
        );

        Assert.Equal(303, (await fixture.AuthorizeAsync(url)).Status);
        Assert.Equal(303, (await fixture.AuthorizeAsync(url, "CLAUDE://claude.ai/x")).Status);
        Assert.Equal(400, (await fixture.AuthorizeAsync(url, "unknown://host/cb")).Status);
    }
}
