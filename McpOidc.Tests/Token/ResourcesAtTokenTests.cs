using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token;

/// <summary>Several <c>resource</c> parameters at the token endpoint (RFC 8707 §2.2; security case C25).</summary>
public sealed class ResourcesAtTokenTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private const string Other = "https://other.example/mcp";
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_resource_parameter_must_match_the_authorized_resource(bool otherFirst)
    {
        using var client = await fixture.RegisterAsync();
        string[] resources = otherFirst ? [Other, client.Resource] : [client.Resource, Other];
        var code = await client.GetCodeAsync(_browser);
        (string, string)[] redemption =
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", client.RedirectUri),
            ("code_verifier", client.Verifier),
        ];
        Assert.Equal("invalid_target", (await PostAsync(client, redemption, resources))["error"]?.ToString());

        var tokens = await PostAsync(client, redemption, [client.Resource, client.Resource]);
        (string, string)[] refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"]!.ToString())];
        Assert.Equal("invalid_target", (await PostAsync(client, refresh, resources))["error"]?.ToString());
        Assert.Null((await PostAsync(client, refresh, [client.Resource]))["error"]);
    }

    private static async Task<JsonObject> PostAsync(OAuthClient client, (string Name, string Value)[] fields, string[] resources)
    {
        using var form = new FormUrlEncodedContent([
            new("client_id", client.ClientId),
            .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
            .. resources.Select(resource => KeyValuePair.Create("resource", resource)),
        ]);
        using var response = await client.Http.PostAsync(client.Issuer + "/token", form);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }
}
