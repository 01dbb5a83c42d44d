using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Discovery;

/// <summary>The authorization server's metadata (RFC 8414, OpenID Connect Discovery).</summary>
public sealed class MetadataTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    private static readonly string[] s_documents = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

    public static TheoryData<string> Documents => [.. s_documents];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task The_metadata_document_has_the_members_that_MCP_clients_look_for(string path)
    {
        var document = await ReadAsync(fixture.System.Issuer + path);
        var issuer = fixture.System.Issuer;
        Assert.Equal(issuer, document["issuer"]!.ToString());
        Assert.Equal(issuer + "/authorize", document["authorization_endpoint"]!.ToString());
        Assert.Equal(issuer + "/token", document["token_endpoint"]!.ToString());
        Assert.Equal(issuer + "/register", document["registration_endpoint"]!.ToString());
        Assert.Equal(issuer + "/token/revocation", document["revocation_endpoint"]!.ToString());
        Assert.Equal(issuer + "/token/introspection", document["introspection_endpoint"]!.ToString());
        Assert.Equal(issuer + "/me", document["userinfo_endpoint"]!.ToString());
        Assert.Equal(issuer + "/jwks", document["jwks_uri"]!.ToString());
        Assert.Equal(["code"], Texts(document["response_types_supported"]));
        Assert.Equal(["S256"], Texts(document["code_challenge_methods_supported"]));
        Assert.Equal(["authorization_code", "refresh_token"], Texts(document["grant_types_supported"]).Order());
        Assert.Empty(
            new[] { "none", "client_secret_basic", "client_secret_post" }.Except(Texts(document["token_endpoint_auth_methods_supported"]))
        );
        Assert.Equal("true", document["authorization_response_iss_parameter_supported"]!.ToJsonString());
        Assert.Empty(new[] { "openid", "offline_access" }.Except(Texts(document["scopes_supported"])));
    }

    [Fact]
    public async Task The_metadata_lists_the_languages_of_the_pages()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Set("McpOidc:Pages:Languages:ar:Texts:ConsentAllow", "السماح")
        );
        var languages = Texts((await ReadAsync(system.Issuer + s_documents[0]))["ui_locales_supported"]).ToList();
        Assert.Equal(["en", "de", "fr", "es", "ja", "ar"], languages);
        using var http = new HttpClient();
        foreach (var language in languages)
        {
            using var page = await http.GetAsync($"{system.Issuer}/session/end?ui_locales={language}");
            Assert.Equal([language], page.Content.Headers.ContentLanguage);
        }
    }

    [Fact]
    public async Task Both_metadata_documents_are_identical() =>
        Assert.Equal(
            (await ReadAsync(fixture.System.Issuer + s_documents[0])).ToJsonString(),
            (await ReadAsync(fixture.System.Issuer + s_documents[1])).ToJsonString()
        );

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_metadata_document_is_readable_from_every_origin_and_not_influenced_by_a_Host_header(string path)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, fixture.System.Issuer + path);
        request.Headers.Add("Origin", "https://inspector.example");
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-Proto", "https");
        using var response = await http.SendAsync(request);
        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.DoesNotContain("evil.example", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // A script gets the response that the browser cached when a tab opened it: without the CORS header in it, the script gets nothing.
    [Theory]
    [MemberData(nameof(Documents))]
    [InlineData("/jwks")]
    [InlineData("/.well-known/oauth-protected-resource/mcp")]
    public async Task A_metadata_document_can_be_cached_and_revalidated_by_its_ETag(string path)
    {
        using var http = new HttpClient();
        using var first = await http.GetAsync(fixture.System.Issuer + path);
        Assert.Equal("*", Assert.Single(first.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.True(first.Headers.CacheControl is { Public: true, MaxAge.TotalSeconds: > 0 and <= 300 });

        using var request = new HttpRequestMessage(HttpMethod.Get, fixture.System.Issuer + path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var again = await http.SendAsync(request);
        Assert.Equal(304, (int)again.StatusCode);
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal("*", Assert.Single(again.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    // Clients compare them as plain strings (RFC 9207 §2.4).
    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/tenants/one")]
    [InlineData("/tenants/one/")]
    public async Task The_issuer_is_the_same_string_everywhere(string suffix)
    {
        var port = Loopback.FreePort();
        var configured = $"http://localhost:{port}{suffix}";
        var issuer = configured.TrimEnd('/');
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.ServerPort = port;
            options.Set("McpOidc:Issuer", configured);
            options.Set("McpOidc:Authority", configured);
        });
        using var client = new OAuthClient(issuer, system.Resource);
        using var browser = new Browser();
        await client.RegisterAsync();
        var authorized = await client.AuthorizeAsync(browser);
        Assert.Equal(issuer, authorized.Query("iss"));
        var tokens = await client.RedeemAsync(authorized.Query("code")!);
        Assert.Equal(issuer, JwtReader.Payload(tokens.AccessToken)["iss"]!.ToString());
        Assert.Equal(issuer, JwtReader.Payload(tokens["id_token"]!)["iss"]!.ToString());
        using var called = await client.CallAsync(system.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(200, (int)called.StatusCode);

        foreach (var url in WellKnown(new Uri(issuer), system.McpOrigin))
        {
            Assert.Equal(issuer, (await ReadAsync(url))["issuer"]!.ToString());
        }

        var resource = await ReadAsync(system.McpOrigin + "/.well-known/oauth-protected-resource/mcp");
        Assert.Equal([issuer], Texts(resource["authorization_servers"]));
    }

    // nutrition-mcp#51, atlassian#148, claude-ai-mcp#376, fastmcp#4166: every form that a client tries.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_metadata_path_that_clients_try_on_the_MCP_origin_returns_the_same_document(bool standalone)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone);
        var server = (await ReadAsync(system.Issuer + s_documents[0])).ToJsonString();
        foreach (var name in new[] { "oauth-authorization-server", "openid-configuration" })
        {
            foreach (var form in new[] { $"/.well-known/{name}", $"/.well-known/{name}/mcp", $"/mcp/.well-known/{name}" })
            {
                Assert.Equal(server, (await ReadAsync(system.McpOrigin + form)).ToJsonString());
            }
        }

        var resource = (await ReadAsync(system.McpOrigin + "/.well-known/oauth-protected-resource/mcp")).ToJsonString();
        Assert.Equal(resource, (await ReadAsync(system.McpOrigin + "/.well-known/oauth-protected-resource")).ToJsonString());
        Assert.Equal(resource, (await ReadAsync(system.McpOrigin + "/mcp/.well-known/oauth-protected-resource")).ToJsonString());
    }

    // RFC 8414 §3.1 puts the well-known part before the path, OpenID Connect Discovery §4.1 after it; clients try both, and the MCP origin.
    private static string[] WellKnown(Uri issuer, string mcpOrigin)
    {
        var (origin, path) = (issuer.GetLeftPart(UriPartial.Authority), issuer.AbsolutePath.TrimEnd('/'));
        return
        [
            $"{origin}/.well-known/oauth-authorization-server{path}",
            $"{origin}/.well-known/openid-configuration{path}",
            $"{origin}{path}/.well-known/openid-configuration",
            $"{mcpOrigin}/.well-known/oauth-authorization-server",
        ];
    }

    private static async Task<JsonObject> ReadAsync(string url)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add("Origin", "https://inspector.example");
        using var response = await http.SendAsync(request);
        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.True(response.IsSuccessStatusCode, $"{url} {(int)response.StatusCode}");
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static string[] Texts(JsonNode? array) => [.. array!.AsArray().Select(item => item!.ToString())];
}
