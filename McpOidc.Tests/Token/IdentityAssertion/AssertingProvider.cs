using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Token.IdentityAssertion;

/// <summary>An organization's identity provider, reduced to its discovery document, keys and assertions.</summary>
public sealed class AssertingProvider : IAsyncDisposable
{
    public const string Type = "oauth-id-jag+jwt";

    private TestSite? _site;

    public AssertingProvider() => Issuer = $"http://localhost:{Port}";

    public string Issuer { get; }

    public ClientKey Key { get; set; } = new();

    /// <summary>The response to a token exchange (RFC 8693): an assertion.</summary>
    public Func<IFormCollection, string>? Exchange { get; set; }

    private int Port { get; } = Loopback.FreePort();

    public async Task StartAsync() =>
        _site = await TestSite.StartAsync(
            Port,
            [],
            _ => { },
            app =>
            {
                app.MapGet(
                    "/.well-known/openid-configuration",
                    () =>
                        Results.Text(
                            new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = Issuer + "/jwks" }.ToJsonString(),
                            "application/json"
                        )
                );
                app.MapPost(
                    "/token",
                    async (HttpRequest request) =>
                        Results.Text(
                            new JsonObject
                            {
                                ["access_token"] = Exchange!(await request.ReadFormAsync()),
                                ["issued_token_type"] = "urn:ietf:params:oauth:token-type:id-jag",
                                ["token_type"] = "N_A",
                                ["expires_in"] = 300,
                            }.ToJsonString(),
                            "application/json"
                        )
                );
                app.MapGet("/jwks", () => Results.Text(Key.Jwks.ToJsonString(), "application/json"));
            }
        );

    /// <summary>The payload of an assertion about alice.</summary>
    public JsonObject Payload(string audience, string resource, string clientId) =>
        new()
        {
            ["iss"] = Issuer,
            ["sub"] = "alice",
            ["aud"] = audience,
            ["resource"] = resource,
            ["client_id"] = clientId,
            ["scope"] = "files:read files:write admin",
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 300,
        };

    public async ValueTask DisposeAsync()
    {
        if (_site is not null)
        {
            await _site.DisposeAsync();
        }

        Key.Dispose();
    }
}
