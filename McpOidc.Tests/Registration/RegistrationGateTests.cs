using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Registration;

/// <summary>Who may register, and how operators control it.</summary>
public sealed class RegistrationGateTests
{
    private const string Token = "initial-access-token-of-thirty-two-characters";

    [Fact]
    public async Task Registration_can_be_turned_off_and_is_then_not_advertised()
    {
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Registration:Enabled", "false"));
        using var http = new HttpClient();
        using var response = await http.PostAsJsonAsync(system.Issuer + "/register", OAuthClient.Metadata(OAuthClient.DefaultRedirectUri));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("access_denied", (await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!.ToString());
        foreach (var document in new[] { "oauth-authorization-server", "openid-configuration" })
        {
            Assert.Null((await http.GetFromJsonAsync<JsonObject>($"{system.Issuer}/.well-known/{document}"))!["registration_endpoint"]);
        }
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("wrong", 401)]
    [InlineData(Token, 201)]
    public async Task Registration_requires_an_initial_access_token_if_any_are_configured(string? token, int status)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Registration:InitialAccessTokens:0", "another-initial-access-token-of-32-characters");
            options.Set("McpOidc:Registration:InitialAccessTokens:1", Token);
        });
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.PostAsJsonAsync(system.Issuer + "/register", OAuthClient.Metadata(OAuthClient.DefaultRedirectUri));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 401, response.Headers.WwwAuthenticate.Count == 1);
    }

    [Fact]
    public async Task A_policy_can_reject_new_clients_and_changes_and_its_reason_is_returned()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Server = server =>
                server
                    .AddRegistrationPolicy(request =>
                        request.Metadata["client_name"]?.ToString() == "Bad"
                            ? $"No bad clients, {(request.ClientId is null ? "new" : "changed")}."
                            : null
                    )
                    .AddRegistrationPolicy<OnlyLoopback>()
        );
        using var client = system.CreateClient();
        var registered = await client.RegisterAsync(OAuthClient.StoredMetadata(client.RedirectUri));

        var bad = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        bad["client_name"] = "Bad";
        Assert.Contains(
            "No bad clients, new.",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => client.RegisterAsync(bad))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "elsewhere",
            (
                await Assert.ThrowsAsync<InvalidOperationException>(() =>
                    client.RegisterAsync(OAuthClient.Metadata("https://client.example/cb"))
                )
            ).Message,
            StringComparison.Ordinal
        );

        using var change = new HttpRequestMessage(HttpMethod.Put, registered["registration_client_uri"]!.ToString())
        {
            Content = JsonContent.Create(bad),
        };
        change.Headers.Authorization = new AuthenticationHeaderValue("Bearer", registered["registration_access_token"]!.ToString());
        using var answer = await client.Http.SendAsync(change);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("No bad clients, changed.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // mcphub#1174, nextcloud-mcp#1067, ihub#2358: the same client registers at every start.
    [Fact]
    public async Task A_used_client_that_registers_again_with_the_same_metadata_gets_the_same_id_without_credentials()
    {
        await using var system = await TestSystem.StartAsync();
        const string RedirectUri = "https://claude.example/api/mcp/auth_callback";
        using var client = system.CreateClient();
        client.RedirectUri = RedirectUri;
        var first = await client.RegisterAsync();
        var unused = await client.RegisterAsync();
        Assert.NotEqual(first["client_id"]!.ToString(), unused["client_id"]!.ToString());

        using var browser = new Browser();
        await client.SignInAsync(browser);
        var inUse = client.ClientId;
        var again = await client.RegisterAsync();
        Assert.Equal(inUse, again["client_id"]!.ToString());
        Assert.False(again.ContainsKey("registration_access_token"));

        // The installation that registered it first can no longer take it from the others.
        using var deleted = await client.CallAsync(
            unused["registration_client_uri"]!.ToString(),
            unused["registration_access_token"]!.ToString(),
            HttpMethod.Delete
        );
        Assert.Equal(403, (int)deleted.StatusCode);
        using var other = system.CreateClient();
        other.RedirectUri = RedirectUri;
        await other.RegisterAsync();
        using var otherBrowser = new Browser { UserName = "bob" };
        Assert.Equal(inUse, other.ClientId);
        Assert.NotEmpty((await other.SignInAsync(otherBrowser)).RefreshToken);
    }

    // On one device, another program could reuse a consent given to the first.
    [Theory]
    [InlineData("http://127.0.0.1:7777/callback", "none")]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "none")]
    [InlineData("https://client.example/cb", "client_secret_post")]
    public async Task A_client_with_a_local_redirect_URI_or_a_secret_always_gets_a_new_registration(string redirectUri, string method)
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        client.RedirectUri = redirectUri;
        var metadata = OAuthClient.Metadata(redirectUri);
        metadata["token_endpoint_auth_method"] = method;
        await client.RegisterAsync(metadata.DeepClone().AsObject());
        var inUse = client.ClientId;
        using var browser = new Browser();
        await client.SignInAsync(browser);
        var again = await client.RegisterAsync(metadata);
        Assert.NotEqual(inUse, again["client_id"]!.ToString());
        Assert.NotNull(again["registration_access_token"]);
    }

    private sealed class OnlyLoopback : McpOidc.Registration.IRegistrationPolicy
    {
        public ValueTask<string?> FindObjectionAsync(
            McpOidc.Registration.RegistrationPolicyRequest request,
            CancellationToken cancellationToken
        ) =>
            new(
                request.Metadata["redirect_uris"]![0]!.ToString().StartsWith("http://127.0.0.1", StringComparison.Ordinal)
                && request.RemoteAddress is not null
                    ? null
                    : "It would be answered elsewhere."
            );
    }
}
