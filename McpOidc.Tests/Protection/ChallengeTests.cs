using System.Net.Http.Headers;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Protection;

/// <summary>Responses to requests without sufficient authorization (G01, G08, G19, G21, G25).</summary>
public sealed class ChallengeTests(BothModes modes) : IClassFixture<BothModes>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_without_a_token_gets_the_metadata_URL_and_the_required_scopes_and_no_error_code(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var response = await signedIn.Client.CallAsync(signedIn.System.Resource, null);

        Assert.Equal(401, (int)response.StatusCode);
        var challenge = Assert.Single(response.Headers.WwwAuthenticate);
        Assert.Equal("Bearer", challenge.Scheme);
        Assert.Contains(
            $"resource_metadata=\"{signedIn.System.McpOrigin}/.well-known/oauth-protected-resource/mcp\"",
            challenge.Parameter,
            StringComparison.Ordinal
        );
        Assert.Contains("scope=\"openid email profile\"", challenge.Parameter, StringComparison.Ordinal);
        Assert.DoesNotContain("error", challenge.Parameter, StringComparison.Ordinal);
        Assert.DoesNotContain("offline_access", challenge.Parameter, StringComparison.Ordinal);
    }

    // behaviour.md B2 (500 without WWW-Authenticate) and B25 (GET and DELETE unauthenticated).
    [Theory]
    [InlineData("GET", false)]
    [InlineData("DELETE", false)]
    [InlineData("PUT", false)]
    [InlineData("HEAD", false)]
    [InlineData("GET", true)]
    [InlineData("DELETE", true)]
    public async Task Every_method_on_the_MCP_endpoint_is_protected_like_POST(string method, bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        foreach (var token in new[] { null, "garbage" })
        {
            using var response = await signedIn.Client.CallAsync(signedIn.System.Resource, token, new HttpMethod(method));
            Assert.True((int)response.StatusCode is 401 or 405, $"{response.StatusCode}");
            Assert.True((int)response.StatusCode == 405 || response.Headers.WwwAuthenticate.Count == 1);
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task GET_and_DELETE_on_the_MCP_endpoint_yield_401_without_a_token(string method)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await signedIn.Client.CallAsync(signedIn.System.Resource, null, new HttpMethod(method));
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains("resource_metadata=", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_that_lacks_a_scope_gets_403_with_all_scopes_and_the_metadata_URL(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var response = await signedIn.Client.CallAsync(
            signedIn.System.McpOrigin + "/scoped",
            signedIn.Tokens.AccessToken,
            HttpMethod.Get
        );

        Assert.Equal(403, (int)response.StatusCode);
        var challenge = Assert.Single(response.Headers.WwwAuthenticate).Parameter!;
        Assert.Contains("error=\"insufficient_scope\"", challenge, StringComparison.Ordinal);
        Assert.Contains(
            $"resource_metadata=\"{signedIn.System.McpOrigin}/.well-known/oauth-protected-resource/mcp\"",
            challenge,
            StringComparison.Ordinal
        );
        var scopes = challenge.Split("scope=\"")[^1].Split('"')[0].Split(' ');
        Assert.Contains("files:write", scopes);
        Assert.Superset(new HashSet<string> { "openid", "email", "profile" }, scopes.ToHashSet());
        Assert.Contains("insufficient_scope", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_with_the_scope_is_accepted(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var token = Forgery.Resign(signedIn.System, signedIn.Tokens.AccessToken, payload => payload["scope"] = "openid files:write");
        using var response = await signedIn.Client.CallAsync(signedIn.System.McpOrigin + "/scoped", token, HttpMethod.Get);
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("files:writer")]
    [InlineData("files")]
    [InlineData("FILES:WRITE")]
    [InlineData("afiles:write")]
    public async Task A_scope_matches_only_as_a_whole_word(string scope)
    {
        var signedIn = await modes.InAsync(standalone: false);
        var token = Forgery.Resign(signedIn.System, signedIn.Tokens.AccessToken, payload => payload["scope"] = scope);
        using var response = await signedIn.Client.CallAsync(signedIn.System.McpOrigin + "/scoped", token, HttpMethod.Get);
        Assert.Equal(403, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_scoped_endpoint_names_its_scope_in_the_challenge_for_a_request_without_a_token()
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await signedIn.Client.CallAsync(signedIn.System.McpOrigin + "/scoped", null, HttpMethod.Get);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains("files:write", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    // G25
    [Fact]
    public async Task Every_request_on_a_connection_is_authenticated_separately()
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1, UseCookies = false })
        {
            Timeout = TimeSpan.FromSeconds(30),
        };
        var statuses = new List<int>();
        foreach (var token in new[] { signedIn.Tokens.AccessToken, null, signedIn.Tokens.AccessToken, "garbage" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, signedIn.Echo);
            request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([200, 401, 200, 401], statuses);
    }

    // G24, behaviour.md B5: the subject is the same at every sign-in.
    [Fact]
    public async Task A_person_has_the_same_subject_at_every_sign_in_and_another_person_has_a_different_one()
    {
        var signedIn = await modes.InAsync(standalone: false);
        var (again, tokens) = await signedIn.SignInAgainAsync();
        using (again)
        using (var bob = signedIn.System.CreateClient())
        using (var browser = new Browser { UserName = "bob" })
        {
            var other = await bob.SignInAsync(browser);
            var subject = Forgery.PayloadOf(signedIn.Tokens.AccessToken)["sub"]!.ToString();
            Assert.Equal(subject, Forgery.PayloadOf(tokens.AccessToken)["sub"]!.ToString());
            Assert.NotEqual(subject, Forgery.PayloadOf(other.AccessToken)["sub"]!.ToString());
        }
    }
}
