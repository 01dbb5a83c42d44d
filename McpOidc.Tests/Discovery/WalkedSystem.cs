using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.IdentityAssertion;

namespace McpOidc.Tests.Discovery;

/// <summary>A system with every feature that metadata can name switched on, and what the proofs need from it.</summary>
public sealed class WalkedSystem : IAsyncLifetime
{
    public const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    private readonly AssertingProvider _provider = new();

    public DocumentSystem Documents { get; private set; } = null!;

    public TestSystem System => Documents.System;

    public async Task InitializeAsync()
    {
        await _provider.StartAsync();
        Documents = await DocumentSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:RateLimits:Enabled", "false");
            options.Set("McpOidc:IdentityAssertion:Issuers:0", _provider.Issuer);
            options.Set("McpOidc:Resources:0:Scopes:0", "files:list");
            options.Set("McpOidc:ResourceServer:Name", "Test tools");
            options.AddClient(0, "job", null, ("GrantTypes:0", "client_credentials"), ("Scopes:0", "files:list"));
            options.AddClient(1, "agent", null, ("GrantTypes:0", JwtBearer), ("Scopes:0", "files:list"));
            options.AddClient(
                2,
                "server",
                null,
                ("GrantTypes:0", TokenExchange),
                ("ResourceServer", $"http://localhost:{options.McpPort}/mcp")
            );
        });
    }

    public async Task DisposeAsync()
    {
        await Documents.DisposeAsync();
        await _provider.DisposeAsync();
    }

    public static async Task<JsonObject> ReadAsync(string url)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        return (await http.GetFromJsonAsync<JsonObject>(new Uri(url)))!;
    }

    public async Task<OAuthClient> RegisterAsync(Action<JsonObject>? change = null)
    {
        var client = System.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        change?.Invoke(metadata);
        await client.RegisterAsync(metadata);
        return client;
    }

    /// <summary>A client that has registered an authentication method and uses it.</summary>
    public async Task<OAuthClient> RegisterAsync(string method, string algorithm = "ES256")
    {
        var key = method == "private_key_jwt" ? new ClientKey(algorithm) : null;
        var client = await RegisterAsync(metadata => (metadata["token_endpoint_auth_method"], metadata["jwks"]) = (method, key?.Jwks));
        (client.Key, client.UsesBasic) = (key, method == "client_secret_basic");
        return client;
    }

    /// <summary>Signs alice in.</summary>
    public static async Task<TokenAnswer> SignInAsync(OAuthClient client, params (string, string?)[] parameters)
    {
        using var browser = new Browser();
        return await client.RedeemAsync(await client.GetCodeAsync(browser, parameters));
    }

    /// <summary>Sends an endpoint with client authentication a request that only a client may make.</summary>
    /// <returns>Whether the client was authenticated.</returns>
    public static async Task<bool> IsKnownAtAsync(string endpoint, OAuthClient client)
    {
        (string, string?)[] form = endpoint.EndsWith("/request", StringComparison.Ordinal)
            ?
            [
                ("response_type", "code"),
                ("redirect_uri", client.RedirectUri),
                ("code_challenge", client.Challenge),
                ("code_challenge_method", "S256"),
            ]
            : [("grant_type", "refresh_token"), ("refresh_token", "made.up"), ("token", "made-up")];
        var answer = await client.PostAsync(new Uri(endpoint).AbsolutePath, form);
        return answer.Error is null or "invalid_grant";
    }

    /// <summary>Whether a proof with this algorithm binds a token that the MCP server then accepts with another proof.</summary>
    public async Task<(bool AtServer, bool AtResource)> BindAsync(string algorithm)
    {
        using var key = new ClientKey(algorithm);
        using var client = await RegisterAsync();
        client.Proof = url => key.Proof("POST", url);
        var tokens = await SignInAsync(client);
        using var call = new HttpRequestMessage(HttpMethod.Post, System.McpOrigin + "/echo");
        call.Headers.Add("Authorization", "DPoP " + tokens["access_token"]);
        call.Headers.Add("DPoP", key.Proof("POST", System.McpOrigin + "/echo", tokens["access_token"]));
        using var called = await client.Http.SendAsync(call);
        return (tokens["token_type"] == "DPoP", called.IsSuccessStatusCode);
    }

    public async Task<TokenAnswer> AskByAssertionAsync()
    {
        using var agent = System.CreateClient("agent");
        var assertion = _provider.Key.Sign(_provider.Payload(agent.Issuer, agent.Resource, "agent"), AssertingProvider.Type);
        return await agent.TokenAsync([("grant_type", JwtBearer), ("assertion", assertion)]);
    }

    public static string[] Texts(JsonNode? array) => [.. array!.AsArray().Select(item => item!.ToString())];
}
