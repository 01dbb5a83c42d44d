using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc.Federation;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Federation;

/// <summary>What tools see besides the standard claims, and custom providers.</summary>
public sealed class CustomDataTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Custom_data_comes_from_settings_a_delegate_and_an_extractor(bool standalone)
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Map = SessionEndpoint.Map;
            options.Set("McpOidc:IdentityProvider:CustomData:organization", "org_id");
            options.Set("McpOidc:IdentityProvider:CustomData:teams", "groups");
            options.Set("McpOidc:IdentityProvider:CustomData:home:id", "org_id");
            options.Set("McpOidc:IdentityProvider:CustomData:home:of:name", "name");
            options.Set("McpOidc:IdentityProvider:CustomData:home:none", "no.such.claim");
            options.Set("McpOidc:IdentityProvider:CustomData:missing", "no.such.claim");
            options.Server = server =>
                server
                    .AddCustomData(user => new JsonObject { ["mail"] = user.FindFirst("email")?.Value })
                    .AddCustomData(_ => null)
                    .AddCustomData<Extractor>();
        });
        var data = (await SessionEndpoint.ReadAsync(signedIn))["customData"]!.AsObject();
        Assert.Equal("org_1", data["organization"]!.ToString());
        Assert.Equal("engineering", data["teams"]![0]!.ToString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"id":"org_1","of":{"name":"Alice Adams"}}"""), data["home"]), $"{data}");
        Assert.Equal("alice@example.com", data["mail"]!.ToString());
        Assert.Equal("True", data["isEngineer"]!.ToString(), ignoreCase: true);
        Assert.False(data.ContainsKey("missing"));
    }

    [Fact]
    public async Task A_custom_provider_can_be_registered_before_the_role()
    {
        using var store = TestStore.Sqlite();
        await using var site = await TestSite.StartAsync(
            Loopback.FreePort(),
            [.. store.Settings, new("McpOidc:Issuer", "http://localhost:1"), new("McpOidc:Resources:0:Uri", "http://localhost:1/mcp")],
            builder => builder.Services.AddMcpOidc().UseIdentityProvider<OwnProvider>().AddAuthorizationServer(),
            app => app.UseMcpOidc()
        );
        Assert.NotEmpty(site.Origin);
    }

    [Fact]
    public async Task A_custom_provider_replaces_the_settings_of_the_built_in_provider()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = new IdentityProviderSettings("", "", null, "");
            options.Map = SessionEndpoint.Map;
            options.Server = server => server.UseIdentityProvider<OwnProvider>();
        });
        var session = await SessionEndpoint.ReadAsync(signedIn);
        Assert.Equal("dora", session["upstreamSubject"]!.ToString());
        Assert.Equal("urn:own", session["provider"]!.ToString());
        Assert.Equal("own-token", (await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString());
    }

    private sealed class Extractor : ICustomDataExtractor
    {
        public JsonObject? Extract(ClaimsPrincipal user) => new() { ["isEngineer"] = user.HasClaim("groups", "engineering") };
    }

    private sealed class OwnProvider : IIdentityProvider
    {
        public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
            new(new IdentityProviderChallenge(new Uri($"{redirectUri}?state={state}&ticket=1"), new JsonObject { ["ticket"] = "1" }));

        public ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken) =>
            callbackUri.Query.Contains("ticket=" + state["ticket"], StringComparison.Ordinal)
                ? new(
                    new IdentityProviderLogin(
                        "urn:own",
                        "dora",
                        new JsonObject { ["name"] = "Dora" },
                        new IdentityProviderTokenSet("own-token")
                    )
                )
                : throw new IdentityProviderException("no ticket");

        public ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
            throw new IdentityProviderException();
    }
}
