using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Registration where the operator has opened the device grant to self-registered clients: a client of only this grant needs no
/// redirect URI (RFC 8628; security case P11).</summary>
public sealed class DeviceClientRegistrationTests(DeviceClientRegistrationTests.Fixture fixture)
    : IClassFixture<DeviceClientRegistrationTests.Fixture>
{
    private const string Device = "urn:ietf:params:oauth:grant-type:device_code";
    private const string Code = "authorization_code";
    private const string Refresh = "refresh_token";
    private const string Web = "https://app.example/cb";

    [Theory]
    [InlineData(null, Device)]
    [InlineData(null, Device, Refresh)]
    [InlineData(Web, Device)]
    [InlineData(Web, Device, Code)]
    [InlineData("unknown://host/cb", Device)]
    public async Task A_client_of_only_the_device_grant_needs_no_redirect_URI(string? uri, params string[] grants)
    {
        var answer = await RegisterAsync(uri, grants);

        Assert.Equal(grants, answer["grant_types"]!.AsArray().Select(grant => $"{grant}"));
        Assert.Equal(uri == Web ? [Web] : [], (answer["redirect_uris"] as JsonArray ?? []).Select(kept => $"{kept}"));
    }

    [Theory]
    [InlineData(null, "invalid_redirect_uri")]
    [InlineData(null, "invalid_redirect_uri", Refresh)]
    [InlineData(null, "invalid_redirect_uri", Code)]
    [InlineData(null, "invalid_redirect_uri", Device, Code)]
    [InlineData("unknown://host/cb", "invalid_redirect_uri", Device, Code)]
    [InlineData(Web, "invalid_client_metadata", Refresh)]
    public async Task Any_other_client_needs_the_authorization_code_and_a_redirect_URI(string? uri, string error, params string[] grants) =>
        Assert.Equal(error, $"{(await RegisterAsync(uri, grants))["error"]}");

    private async Task<JsonObject> RegisterAsync(string? uri, string[] grants)
    {
        var metadata = OAuthClient.Metadata(uri is null ? [] : [uri]);
        metadata["grant_types"] = new JsonArray([.. grants.Select(grant => (JsonNode)grant)]);
        using var client = fixture.System.CreateClient();
        using var response = await client.Http.PostAsJsonAsync(client.Issuer + "/register", metadata);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>A system with both settings of the device grant.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public TestSystem System { get; private set; } = null!;

        public async Task InitializeAsync() =>
            System = await TestSystem.StartAsync(options =>
            {
                options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
                options.Set("McpOidc:DeviceAuthorization:SelfRegisteredClients", "true");
            });

        public Task DisposeAsync() => System.DisposeAsync().AsTask();
    }
}
