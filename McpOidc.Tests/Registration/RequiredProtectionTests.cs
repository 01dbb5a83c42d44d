using System.Text.Json.Nodes;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Protections required by a client or its operator apply to every request (RFC 9126 §6, RFC 9449 §5.2; FAPI 2 Security Profile;
/// security cases A30, C27).</summary>
public sealed class RequiredProtectionTests : IAsyncLifetime
{
    private readonly ClientKey _key = new();
    private readonly Browser _browser = new();
    private DocumentSystem _system = null!;

    public static TheoryData<string> Kinds => ["stateless", "stored", "document", "settings"];

    public async Task InitializeAsync() =>
        _system = await DocumentSystem.StartAsync(options =>
            options.AddClient(
                0,
                "portal",
                key: null,
                ("GrantTypes:0", "authorization_code"),
                ("GrantTypes:1", "refresh_token"),
                ("RedirectUris:0", OAuthClient.DefaultRedirectUri),
                ("DPoPBoundAccessTokens", "true"),
                ("RequirePushedAuthorizationRequests", "true")
            )
        );

    public async Task DisposeAsync()
    {
        _key.Dispose();
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_request_that_was_not_pushed_is_refused(string kind)
    {
        using var client = await CreateAsync(kind);

        var refused = await client.AuthorizeAsync(_browser);

        Assert.Equal("invalid_request", refused.Query("error"));
        Assert.NotNull(await PushedCodeAsync(client));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task No_token_is_issued_without_a_proof_of_its_key(string kind)
    {
        using var client = await CreateAsync(kind);
        var code = await PushedCodeAsync(client);

        Assert.Equal((400, "invalid_dpop_proof"), Short(await client.RedeemAsync(code)));
        client.Proof = url => _key.Proof("POST", url);
        var tokens = await client.RedeemAsync(code);
        Assert.Equal("DPoP", tokens["token_type"]);
        client.Proof = null;
        Assert.Equal((400, "invalid_dpop_proof"), Short(await client.RefreshAsync(tokens.RefreshToken)));
        client.Proof = url => _key.Proof("POST", url);
        Assert.Equal("DPoP", (await client.RefreshAsync(tokens.RefreshToken))["token_type"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_registration_stores_and_returns_the_requested_protections_and_no_others(bool isStored)
    {
        using var client = _system.System.CreateClient();
        var metadata = Metadata(isStored);
        var answer = await client.RegisterAsync(metadata);
        Assert.Equal(("true", "true"), (answer["dpop_bound_access_tokens"]!.ToString(), Pushed(answer)));
        Assert.Equal(isStored ? 22 : 0, isStored ? client.ClientId.Length : 0);

        (metadata["dpop_bound_access_tokens"], metadata["require_pushed_authorization_requests"]) = (false, null);
        answer = await client.RegisterAsync(metadata);
        Assert.Null(answer["dpop_bound_access_tokens"]);
        Assert.Null(Pushed(answer));
        Assert.NotNull((await client.AuthorizeAsync(_browser)).Query("code"));

        static string? Pushed(JsonObject answer) => answer["require_pushed_authorization_requests"]?.ToString();
    }

    private async Task<OAuthClient> CreateAsync(string kind)
    {
        switch (kind)
        {
            case "settings":
                return _system.System.CreateClient("portal");
            case "document":
                return _system.CreateClient(
                    _system.Publish(document =>
                        (document["dpop_bound_access_tokens"], document["require_pushed_authorization_requests"]) = (true, true)
                    )
                );
            default:
                var client = _system.System.CreateClient();
                await client.RegisterAsync(Metadata(kind == "stored"));
                return client;
        }
    }

    private static JsonObject Metadata(bool isStored)
    {
        var metadata = isStored
            ? OAuthClient.StoredMetadata(OAuthClient.DefaultRedirectUri)
            : OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        (metadata["dpop_bound_access_tokens"], metadata["require_pushed_authorization_requests"]) = (true, true);
        return metadata;
    }

    private async Task<string> PushedCodeAsync(OAuthClient client)
    {
        var parameters = System.Web.HttpUtility.ParseQueryString(new Uri(client.AuthorizeUrl()).Query);
        var pushed = await client.PostAsync("/request", [.. parameters.AllKeys.Select(name => (name!, parameters[name]))]);
        Assert.True(pushed.Status == 201, pushed.Body.ToJsonString());
        var url = Microsoft.AspNetCore.WebUtilities.QueryHelpers.AddQueryString(
            client.Issuer + "/authorize",
            new Dictionary<string, string?> { ["client_id"] = client.ClientId, ["request_uri"] = pushed["request_uri"] }
        );
        var authorized = await _browser.OpenAsync(url, client.IsRedirectUri);
        return authorized.Query("code")!;
    }

    private static (int, string?) Short(TokenAnswer answer) => (answer.Status, answer.Error);
}
