using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.ClientAuthentication;

/// <summary><c>client_secret_basic</c>, <c>client_secret_post</c> and <c>none</c> (RFC 6749 §2.3, security cases C11 to C13).</summary>
public sealed class ClientSecretTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    public static TheoryData<string> Endpoints => ["/token", "/token/revocation", "/token/introspection"];

    [Fact]
    public async Task The_metadata_lists_the_methods_that_work_at_each_endpoint()
    {
        using var client = fixture.System.CreateClient();
        var document = JsonNode.Parse(await client.Http.GetStringAsync(client.Issuer + "/.well-known/oauth-authorization-server"))!;
        string[] all = ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"];
        Assert.Equal(all, Methods("token"));
        Assert.Equal(all, Methods("revocation"));
        Assert.Equal(all.Except(["none"]), Methods("introspection"));
        Assert.All(
            new[] { "token", "revocation", "introspection" },
            endpoint => Assert.Contains("ES256", Texts($"{endpoint}_endpoint_auth_signing_alg_values_supported"))
        );

        IEnumerable<string> Methods(string endpoint) => Texts($"{endpoint}_endpoint_auth_methods_supported").Order(StringComparer.Ordinal);
        IEnumerable<string> Texts(string member) => document[member]!.AsArray().Select(item => item!.ToString());
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task A_secret_in_the_header_works_like_one_in_the_form(string path)
    {
        using var client = await RegisterAsync("client_secret_basic");
        var form = await client.PostAsync(path, Request);
        client.UsesBasic = true;
        var header = await client.PostAsync(path, Request);
        Assert.NotEqual("invalid_client", header.Error);
        Assert.Equal((form.Status, form.Body.ToJsonString()), (header.Status, header.Body.ToJsonString()));
    }

    // RFC 6749 §2.3.1: both are form-encoded before being joined by a colon.
    [Fact]
    public async Task Id_and_secret_in_the_header_are_form_decoded()
    {
        using var client = await RegisterAsync("client_secret_basic");
        var encoded =
            string.Concat(client.ClientId.Select(letter => $"%{(int)letter:X2}"))
            + ":"
            + string.Concat(client.ClientSecret!.Select(letter => $"%{(int)letter:x2}"));
        Assert.Equal("invalid_grant", (await PostAsync(client, encoded)).Error);
    }

    // Many programs do not encode them: the MCP SDK for TypeScript, curl -u. The first is as openssl rand -base64 creates it.
    [Theory]
    [InlineData("uD4+nH/Yk2QmX8vC+pL0sTzR7bW1eGfA==")]
    [InlineData("thirty-two letters: 100%25 of a %+b")]
    [InlineData("pass:word:with:colons:and+more+of+it")]
    public async Task A_secret_in_the_header_works_whether_or_not_the_client_encodes_it(string secret)
    {
        await using var system = await StartAsync(secret);
        using var client = system.CreateClient("portal");
        Assert.Equal("invalid_grant", (await PostAsync(client, "portal:" + secret)).Error);
        Assert.Equal("invalid_grant", (await PostAsync(client, $"portal:{Uri.EscapeDataString(secret)}")).Error);
        Assert.Equal("invalid_grant", (await PostAsync(client, $"portal:{System.Net.WebUtility.UrlEncode(secret)}")).Error);
        Assert.Equal("invalid_client", (await PostAsync(client, $"portal:{secret.Replace('+', '-')}")).Error);
        Assert.Equal("invalid_client", (await PostAsync(client, $"portal:{secret}x")).Error);
        Assert.Equal("invalid_client", (await PostAsync(client, "portal:")).Error);
        Assert.Equal("invalid_client", (await PostAsync(client, $"another:{secret}")).Error);
        foreach (var (sent, status) in new[] { (secret, 404), (Uri.EscapeDataString(secret), 404), ("wrong", 401) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, client.Issuer + "/register/nobody");
            request.Headers.Authorization = Basic("portal:" + sent);
            using var response = await client.Http.SendAsync(request);
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task A_wrong_secret_in_the_header_yields_401_with_a_matching_challenge()
    {
        using var client = await RegisterAsync("client_secret_basic");
        var answer = await PostAsync(client, client.ClientId + ":wrong");
        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
        Assert.Equal("Basic", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Theory]
    [InlineData("client_secret")]
    [InlineData("client_assertion")]
    public async Task Using_two_methods_at_once_is_an_invalid_request(string second)
    {
        using var client = await RegisterAsync("client_secret_basic");
        using var key = new ClientKey();
        (string, string?)[] more =
            second == "client_secret"
                ? [("client_secret", client.ClientSecret)]
                : [("client_assertion", key.Assert(client.ClientId, client.Issuer)), ("client_assertion_type", ClientKey.AssertionType)];
        client.UsesBasic = true;
        Assert.Equal((400, "invalid_request"), Short(await client.TokenAsync([.. Request, .. more])));
        client.UsesBasic = false;
        if (second != "client_secret")
        {
            Assert.Equal((400, "invalid_request"), Short(await client.TokenAsync([.. Request, .. more])));
        }
    }

    [Fact]
    public async Task A_public_client_that_sends_a_secret_is_refused()
    {
        using var client = await RegisterAsync("none");
        Assert.Equal((401, "invalid_client"), Short(await client.TokenAsync([.. Request, ("client_secret", "anything")])));
        Assert.Equal("invalid_grant", (await client.TokenAsync(Request)).Error);
    }

    private static (string, string?)[] Request =>
        [
            ("grant_type", "authorization_code"),
            ("code", "made.up"),
            ("redirect_uri", OAuthClient.DefaultRedirectUri),
            ("code_verifier", new string('v', 43)),
            ("token", "made.up"),
        ];

    private static (int, string?) Short(TokenAnswer answer) => (answer.Status, answer.Error);

    private static async Task<TokenAnswer> PostAsync(OAuthClient client, string credentials)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, client.Issuer + "/token");
        request.Headers.Authorization = Basic(credentials);
        request.Content = new FormUrlEncodedContent(Request.Select(field => KeyValuePair.Create(field.Item1, field.Item2!)));
        using var response = await client.Http.SendAsync(request);
        return new TokenAnswer(
            (int)response.StatusCode,
            JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject(),
            response.Headers
        );
    }

    private static AuthenticationHeaderValue Basic(string credentials) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));

    private static Task<TestSystem> StartAsync(string secret) =>
        TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.AddClient(
                0,
                "portal",
                key: null,
                ("SecretHash", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))),
                ("GrantTypes:0", "authorization_code"),
                ("RedirectUris:0", OAuthClient.DefaultRedirectUri),
                ("ResourceServer", $"http://localhost:{options.McpPort}/mcp")
            );
        });

    private Task<OAuthClient> RegisterAsync(string method) =>
        fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = method);
}
