using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Authorization.PushedAuthorization;

/// <summary><c>POST /request</c> (RFC 9126, security case A30).</summary>
public sealed class PushedAuthorizationTests(SystemFixture fixture, RedisServerFixture redis)
    : IClassFixture<SystemFixture>,
        IClassFixture<RedisServerFixture>,
        IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Fact]
    public async Task The_metadata_lists_the_endpoint_and_does_not_require_it()
    {
        using var client = fixture.System.CreateClient();
        var document = JsonNode.Parse(await client.Http.GetStringAsync(client.Issuer + "/.well-known/oauth-authorization-server"))!;
        Assert.Equal(client.Issuer + "/request", document["pushed_authorization_request_endpoint"]!.ToString());
        Assert.NotEqual("true", document["require_pushed_authorization_requests"]?.ToString());
    }

    [Fact]
    public async Task A_pushed_request_yields_a_one_minute_request_URI_that_leads_through_consent_and_sign_in()
    {
        using var client = await fixture.RegisterAsync();
        var pushed = await PushAsync(client);
        Assert.Equal(201, pushed.Status);
        Assert.StartsWith("urn:ietf:params:oauth:request_uri:", pushed["request_uri"], StringComparison.Ordinal);
        Assert.InRange(int.Parse(pushed["expires_in"]!, provider: null), 50, 60);
        Assert.True(pushed.Headers.CacheControl!.NoStore);

        var authorized = await OpenAsync(client, pushed["request_uri"]!);
        Assert.Equal(1, _browser.ConsentPages());
        Assert.Equal("state-1", authorized.Query("state"));
        Assert.Equal(client.Issuer, authorized.Query("iss"));
        Assert.Equal(200, (await client.RedeemAsync(authorized.Query("code")!)).Status);
    }

    [Fact]
    public async Task A_pushed_request_completes_without_pages_for_a_signed_in_person_who_allowed_the_client()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        Assert.NotNull((await OpenAsync(client, (await PushAsync(client))["request_uri"]!)).Query("code"));
        Assert.Equal(1, _browser.ConsentPages());
    }

    [Fact]
    public async Task A_sign_in_may_take_longer_than_the_lifetime_of_the_request_URI()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var pushed = await PushAsync(client);
        var page = await _browser.OpenAsync(AuthorizeUrl(client, pushed["request_uri"]!), uri => uri.AbsolutePath == "/oauth/consent");
        system.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.NotNull((await _browser.OpenAsync(page.Uri.AbsoluteUri, client.IsRedirectUri)).Query("code"));
    }

    [Fact]
    public async Task A_request_URI_can_be_used_only_once()
    {
        using var client = await fixture.RegisterAsync();
        var uri = (await PushAsync(client))["request_uri"]!;
        Assert.NotNull((await OpenAsync(client, uri)).Query("code"));
        using var another = new Browser();
        AssertPage(await another.OpenAsync(AuthorizeUrl(client, uri), client.IsRedirectUri));
    }

    // RFC 9101 §6.2. Without a redirect URI next to it, only the operator can be told.
    [Theory]
    [InlineData("urn:ietf:params:oauth:request_uri:unknown")]
    [InlineData("urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB")]
    public async Task An_unknown_request_URI_yields_invalid_request_uri(string reference)
    {
        using var client = await fixture.RegisterAsync();
        AssertPage(await OpenAsync(client, reference));
        Assert.Contains(fixture.System.Server.Logs.Lines, line => line.Contains(": invalid_request_uri", StringComparison.Ordinal));

        var told = await _browser.OpenAsync(client.AuthorizeUrl(("request_uri", reference)), client.IsRedirectUri);
        Assert.Equal("invalid_request_uri", told.Query("error"));
        Assert.Equal("state-1", told.Query("state"));
    }

    [Fact]
    public async Task Only_one_of_twenty_browsers_can_use_a_request_URI_with_a_SQLite_file()
    {
        using var client = await fixture.RegisterAsync();
        await OpenAtOnceAsync(client, client.Issuer);
    }

    [RedisFact]
    public async Task Only_one_of_twenty_browsers_can_use_a_request_URI_with_Redis_and_two_servers()
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await using var system = await TestSystem.StartAsync(store: store);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        Assert.NotNull((await OpenAsync(client, (await PushAsync(client))["request_uri"]!)).Query("code"));
        await OpenAtOnceAsync(client, (await system.StartSecondServerAsync()).Origin);
    }

    private static async Task OpenAtOnceAsync(OAuthClient client, string secondServer)
    {
        var url = AuthorizeUrl(client, (await PushAsync(client))["request_uri"]!);
        var answers = await Task.Run(() =>
            Task.WhenAll(
                Enumerable
                    .Range(0, 20)
                    .Select(async number =>
                    {
                        using var response = await client.Http.GetAsync(
                            new Uri(number % 2 == 0 ? url : url.Replace(client.Issuer, secondServer, StringComparison.Ordinal))
                        );
                        return (int)response.StatusCode;
                    })
            )
        );
        Assert.Single(answers, status => status is 302 or 303);
        Assert.Equal(19, answers.Count(status => status == 400));
    }

    [Fact]
    public async Task A_request_URI_expires_after_a_minute()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var uri = (await PushAsync(client))["request_uri"]!;
        system.Clock.Advance(TimeSpan.FromSeconds(61));
        AssertPage(await OpenAsync(client, uri));
    }

    [Fact]
    public async Task The_request_URI_of_another_client_is_refused_and_not_used_up()
    {
        using var client = await fixture.RegisterAsync();
        using var other = await fixture.RegisterAsync();
        var uri = (await PushAsync(client))["request_uri"]!;
        AssertPage(await OpenAsync(other, uri));
        Assert.NotNull((await OpenAsync(client, uri)).Query("code"));
    }

    // RFC 9126 §4; the rule is in RFC 9101 §5.
    [Fact]
    public async Task Parameters_next_to_the_request_URI_are_ignored()
    {
        using var client = await fixture.RegisterAsync();
        var url = QueryHelpers.AddQueryString(
            AuthorizeUrl(client, (await PushAsync(client, ("scope", "openid")))["request_uri"]!),
            "scope",
            "openid email"
        );
        var authorized = await _browser.OpenAsync(QueryHelpers.AddQueryString(url, "state", "other"), client.IsRedirectUri);
        Assert.Equal("state-1", authorized.Query("state"));
        Assert.Equal("openid", (await client.RedeemAsync(authorized.Query("code")!))["scope"]);
    }

    [Theory]
    [InlineData("redirect_uri", "https://evil.example/cb", "invalid_request")]
    [InlineData("resource", "https://other.example/mcp", "invalid_target")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("prompt", "none consent", "invalid_request")]
    [InlineData("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request")]
    [InlineData("client_id", "nobody", "invalid_client")]
    [InlineData("client_secret", "of a public client", "invalid_client")]
    public async Task A_request_that_the_authorization_endpoint_would_refuse_is_refused_immediately(
        string parameter,
        string? value,
        string error
    )
    {
        using var client = await fixture.RegisterAsync();
        var answer = await PushAsync(client, (parameter, value));
        Assert.Equal((error == "invalid_client" ? 401 : 400, error), (answer.Status, answer.Error));
        Assert.Null(answer["error_uri"]);
    }

    [Fact]
    public async Task A_request_without_a_redirect_URI_is_refused_with_and_without_scopes()
    {
        using var client = await fixture.RegisterAsync();
        Assert.Equal("invalid_request", (await PushAsync(client, ("redirect_uri", null))).Error);
        Assert.Equal("invalid_request", (await PushAsync(client, ("redirect_uri", null), ("scope", null))).Error);
    }

    [Fact]
    public async Task An_unknown_scope_is_dropped_as_at_the_authorization_endpoint()
    {
        using var client = await fixture.RegisterAsync();
        var authorized = await OpenAsync(client, (await PushAsync(client, ("scope", "openid made:up")))["request_uri"]!);
        Assert.Equal("openid", (await client.RedeemAsync(authorized.Query("code")!))["scope"]);
    }

    [Theory]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    [InlineData("private_key_jwt")]
    public async Task A_confidential_client_authenticates_when_it_pushes_a_request(string method)
    {
        using var key = new ClientKey();
        using var client = await fixture.RegisterAsync(change: metadata =>
            (metadata["token_endpoint_auth_method"], metadata["jwks"]) = (method, key.Jwks)
        );
        client.UsesBasic = method == "client_secret_basic";
        client.Key = method == "private_key_jwt" ? key : null;
        var pushed = await PushAsync(client);
        Assert.Equal(201, pushed.Status);
        var authorized = await OpenAsync(client, pushed["request_uri"]!);
        Assert.Equal(200, (await client.RedeemAsync(authorized.Query("code")!)).Status);

        client.UsesBasic = false;
        client.Key = null;
        client.ClientSecret = null;
        Assert.Equal("invalid_client", (await PushAsync(client)).Error);
        Assert.Equal("invalid_client", (await PushAsync(client, ("client_secret", "wrong"))).Error);
    }

    [Fact]
    public async Task A_request_with_two_client_authentication_methods_is_an_invalid_request()
    {
        using var key = new ClientKey();
        using var client = await fixture.RegisterAsync(change: metadata =>
            (metadata["token_endpoint_auth_method"], metadata["jwks"]) = ("private_key_jwt", key.Jwks)
        );
        client.Key = key;
        Assert.Equal("invalid_request", (await PushAsync(client, ("client_secret", "anything"))).Error);
    }

    [Fact]
    public async Task No_secret_of_a_pushed_request_is_in_the_store()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        var pushed = await PushAsync(client, ("state", "state-of-the-pushed-request"));
        var dump = fixture.DumpStore();
        Assert.DoesNotContain(client.ClientSecret!, dump, StringComparison.Ordinal);
        Assert.DoesNotContain("state-of-the-pushed-request", dump, StringComparison.Ordinal);
        Assert.DoesNotContain(pushed["request_uri"]!.Split('.')[^1], dump, StringComparison.Ordinal);
    }

    private static void AssertPage(BrowserResult result)
    {
        Assert.Equal(400, result.Status);
        Assert.Contains("no longer valid", result.Html!, StringComparison.Ordinal);
    }

    private static string AuthorizeUrl(OAuthClient client, string requestUri) =>
        QueryHelpers.AddQueryString(
            $"{client.Issuer}/authorize",
            new Dictionary<string, string?> { ["client_id"] = client.ClientId, ["request_uri"] = requestUri }
        );

    private Task<BrowserResult> OpenAsync(OAuthClient client, string requestUri) =>
        _browser.OpenAsync(AuthorizeUrl(client, requestUri), client.IsRedirectUri);

    private static Task<TokenAnswer> PushAsync(OAuthClient client, params (string Name, string? Value)[] changes)
    {
        var parameters = QueryHelpers
            .ParseQuery(new Uri(client.AuthorizeUrl()).Query)
            .Where(parameter => parameter.Key != "client_id")
            .Select(parameter => (parameter.Key, (string?)parameter.Value.ToString()));
        return client.PostAsync("/request", [.. parameters, .. changes]);
    }
}
