using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.IdentityAssertion;
using ModelContextProtocol.Authentication;

namespace McpOidc.Tests.Interop;

/// <summary>The published SDKs' support for Enterprise-Managed Authorization.</summary>
public sealed class CrossAppAccessTests : IAsyncLifetime
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    // The SDK does not form-encode Basic credentials (RFC 6749 §2.3.1).
    private const string Secret = "a-secret-without-what-would-have-to-be-encoded";
    private const string Public = "https://client.enterprise.example/public.json";
    private readonly AssertingProvider _provider = new();
    private DocumentSystem _documents = null!;

    private TestSystem System => _documents.System;

    public async Task InitializeAsync()
    {
        await _provider.StartAsync();
        _documents = await DocumentSystem.StartAsync(options =>
        {
            options.Set("McpOidc:ResourceServer:Scopes:0", "files:read");
            options.Set("McpOidc:IdentityAssertion:Issuers:0:Issuer", _provider.Issuer);
            options.Set("McpOidc:IdentityAssertion:Issuers:0:ClientDomains:0", "enterprise.example");
            options.Set("McpOidc:IdentityAssertion:Issuers:0:Scopes:0", "files:read");
            options.AddClient(0, "agent", key: null, ("GrantTypes:0", GrantType), ("Scopes:0", "files:read"));
            options.Set("McpOidc:Clients:0:SecretHash", Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(Secret))));
        });
        _documents.Publish(Public, document => document["grant_types"] = new JsonArray("authorization_code", "refresh_token", GrantType));
    }

    public async Task DisposeAsync()
    {
        await _documents.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task The_CSharp_SDK_gets_a_token_with_its_grant_provider()
    {
        using var http = new HttpClient();
        var provider = new IdentityAssertionGrantProvider(
            new IdentityAssertionGrantProviderOptions
            {
                ClientId = "agent",
                ClientSecret = Secret,
                Scope = "files:read",
                IdpTokenEndpoint = _provider.Issuer + "/token",
                IdpClientId = "agent-at-the-provider",
                IdTokenCallback = (_, _) => Task.FromResult("an-id-token"),
            },
            http
        );
        _provider.Exchange = form => Sign(form["audience"]!, form["resource"]!, "agent");
        var token = await provider.GetAccessTokenAsync(new Uri(System.Resource), new Uri(System.Issuer));
        using var client = System.CreateClient("agent");
        using var called = await client.CallAsync(System.McpOrigin + "/echo", token.AccessToken);
        Assert.Equal(200, (int)called.StatusCode);
    }

    [NodeTheory]
    [InlineData("agent")]
    [InlineData(Public)]
    public async Task The_TypeScript_SDK_calls_a_tool_with_its_cross_app_provider_even_as_a_public_client_with_DPoP(string clientId)
    {
        string[] secret = clientId == Public ? [] : [Secret];
        await using var program = NodeProgram.Start("ts-cross-app.mjs", [System.Resource, System.Issuer, clientId, .. secret]);
        var answer = await program.ReadAsync();
        while (answer["assert"] is { } asked)
        {
            var assertion = Sign((string)asked["audience"]!, (string)asked["resource"]!, clientId);
            await program.WriteAsync(new JsonObject { ["assertion"] = assertion });
            answer = await program.ReadAsync();
        }

        Assert.True((bool)answer["connected"]!, $"{answer} {program.Errors}");
        await program.WriteAsync(new JsonObject { ["call"] = "whoami" });
        Assert.NotEmpty((string)(await program.ReadAsync())["text"]!);
    }

    private string Sign(string audience, string resource, string clientId) =>
        _provider.Key.Sign(_provider.Payload(audience.TrimEnd('/'), resource, clientId), AssertingProvider.Type);
}
