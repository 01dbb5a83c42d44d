using System.Net.Http.Headers;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.ErrorResponses;

/// <summary>What errors tell programs, whichever component wrote them.</summary>
public sealed class MachineErrorTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    [Theory]
    [InlineData("/token")]
    [InlineData("/token/revocation")]
    [InlineData("/token/introspection")]
    [InlineData("/request")]
    public async Task A_client_that_fails_authentication_gets_a_Basic_challenge_with_a_realm(string path)
    {
        using var client = fixture.System.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, client.Issuer + path)
        {
            Content = new FormUrlEncodedContent(
                path == "/request" ? Parameters(client)
                : path == "/token" ? [new("grant_type", "refresh_token"), new("refresh_token", "x")]
                : [new("token", "x")]
            ),
        };
        request.Headers.Authorization = OAuthClient.Basic("nobody", "nothing");
        using var response = await client.Http.SendAsync(request);
        Assert.Equal(401, (int)response.StatusCode);
        var challenge = Assert.Single(response.Headers.WwwAuthenticate);
        Assert.Equal("Basic", challenge.Scheme);
        Assert.Contains($"realm=\"{client.Issuer}\"", challenge.Parameter, StringComparison.Ordinal);
    }

    private static IEnumerable<KeyValuePair<string, string>> Parameters(OAuthClient client)
    {
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(client.AuthorizeUrl(("client_id", "nobody"))).Query);
        return query.AllKeys.Select(name => KeyValuePair.Create(name!, query[name]!));
    }

    [Theory]
    [InlineData("GET", "/.well-known/openid-configuration")]
    [InlineData("GET", "/jwks")]
    [InlineData("GET", "/me")]
    [InlineData("GET", "/authorize")]
    [InlineData("GET", "/session/end")]
    [InlineData("POST", "/token")]
    [InlineData("POST", "/token/revocation")]
    [InlineData("POST", "/token/introspection")]
    [InlineData("POST", "/request")]
    [InlineData("POST", "/register")]
    public async Task No_error_refers_to_a_page_of_the_underlying_library(string method, string path)
    {
        using var client = fixture.System.CreateClient();
        // A repeated parameter, an invalid body, credentials in two places: each is refused by a different handler.
        string[] queries = ["", "?client_id=a&client_id=b", "?request=x&client_id=a", "?post_logout_redirect_uri=x&id_token_hint=y"];
        foreach (var query in queries)
        {
            foreach (var authorization in new[] { null, new AuthenticationHeaderValue("Bearer", "x"), OAuthClient.Basic("a", "b") })
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), client.Issuer + path + query);
                request.Headers.Authorization = authorization;
                request.Content = method == "POST" ? new FormUrlEncodedContent([new("client_id", "a"), new("client_secret", "b")]) : null;
                using var response = await client.Http.SendAsync(request);
                var told = response.Headers + await response.Content.ReadAsStringAsync();
                Assert.DoesNotContain("openiddict", told, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("error_uri", told, StringComparison.OrdinalIgnoreCase);
            }
        }
    }
}
