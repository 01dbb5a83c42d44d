using System.Net;
using System.Text;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>Any other error in a request is returned to the client by redirect, with state and issuer (RFC 6749 §4.1.2.1, RFC
/// 9207).</summary>
public sealed class RequestErrorTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    // A10
    [Theory]
    [InlineData("code_challenge", "again")]
    [InlineData("scope", "openid")]
    [InlineData("response_type", "code")]
    [InlineData("prompt", "none")]
    public async Task A_duplicate_parameter_yields_invalid_request(string parameter, string value)
    {
        var first = parameter == "prompt" ? "&prompt=login" : "";
        (await RequestAsync(client => $"{client.AuthorizeUrl()}{first}&{parameter}={value}", out var client)).ExpectRedirectError(
            client(),
            "invalid_request"
        );
    }

    // A10
    [Fact]
    public async Task A_request_with_two_states_yields_invalid_request_and_neither_state_is_returned() =>
        (await RequestAsync(client => client.AuthorizeUrl() + "&state=state-2", out var client)).ExpectRedirectError(
            client(),
            "invalid_request",
            state: null
        );

    // A11, A12, A13
    [Theory]
    [InlineData(null, "S256")]
    [InlineData("", "S256")]
    [InlineData(null, null)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "plain")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", null)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "s256")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "S512")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "S256")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "S256")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "S256")]
    public async Task Missing_plain_or_malformed_PKCE_yields_invalid_request(string? challenge, string? method) =>
        (await RequestAsync([("code_challenge", challenge), ("code_challenge_method", method)], out var client)).ExpectRedirectError(
            client(),
            "invalid_request"
        );

    // A13
    [Fact]
    public async Task A_code_challenge_of_129_characters_yields_invalid_request() =>
        (await RequestAsync([("code_challenge", new string('a', 129))], out var client)).ExpectRedirectError(client(), "invalid_request");

    // A11
    [Fact]
    public async Task A_confidential_client_must_use_PKCE_as_well()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        using var browser = new Browser();

        (await client.AuthorizeAsync(browser, ("code_challenge", null), ("code_challenge_method", null))).ExpectRedirectError(
            client,
            "invalid_request"
        );
    }

    // A14
    [Theory]
    [InlineData("token")]
    [InlineData("code token")]
    [InlineData("id_token")]
    [InlineData("code id_token")]
    [InlineData("none")]
    [InlineData("CODE")]
    public async Task Any_response_type_other_than_code_yields_unsupported_response_type(string responseType) =>
        (await RequestAsync([("response_type", responseType), ("nonce", "n")], out var client)).ExpectRedirectError(
            client(),
            "unsupported_response_type"
        );

    // A14
    [Fact]
    public async Task A_missing_response_type_yields_invalid_request() =>
        (await RequestAsync([("response_type", null)], out var client)).ExpectRedirectError(client(), "invalid_request");

    // A15
    [Theory]
    [InlineData("fragment")]
    [InlineData("form_post")]
    [InlineData("jwt")]
    public async Task An_unadvertised_response_mode_yields_invalid_request_in_the_query(string mode)
    {
        var result = await RequestAsync([("response_mode", mode)], out var client);

        result.ExpectRedirectError(client(), "invalid_request");
        Assert.Equal("", result.Uri.Fragment);
    }

    // A17, A19; weakness 11 (any resource was allowed)
    [Theory]
    [InlineData("https://other.example/api")]
    [InlineData("/mcp")]
    [InlineData("mcp")]
    [InlineData("{0}#fragment")]
    [InlineData("{0}/more")]
    [InlineData("{0}?tenant=2")]
    [InlineData("urn:mcp")]
    [InlineData("http://user@localhost/mcp")]
    public async Task An_unconfigured_resource_yields_invalid_target(string form) =>
        (
            await RequestAsync([("resource", form.Replace("{0}", fixture.System.Resource, StringComparison.Ordinal))], out var client)
        ).ExpectRedirectError(client(), "invalid_target");

    // A19
    [Fact]
    public async Task A_request_with_two_resources_yields_invalid_target() =>
        (
            await RequestAsync(
                client => client.AuthorizeUrl() + "&resource=" + Uri.EscapeDataString("https://other.example/api"),
                out var client
            )
        ).ExpectRedirectError(client(), "invalid_target");

    // A25
    [Fact]
    public async Task A_state_of_5000_characters_is_refused()
    {
        var result = await RequestAsync([("state", new string('s', 5000))], out var client);

        Assert.True(client().IsRedirectUri(result.Uri), result.Html);
        Assert.Equal("invalid_request", result.Query("error"));
    }

    // A25, H16
    [Theory]
    [InlineData("plain")]
    [InlineData("a b+c%20d&e=f#g")]
    [InlineData("\"'<>\\`{}|^")]
    [InlineData("😀 ünï日本")]
    [InlineData("line\r\nSet-Cookie: x=1\r\n\r\n<html>")]
    [InlineData("eyJhIjoiYiJ9.==/+")]
    public async Task A_state_is_returned_unchanged_with_a_code_and_with_an_error(string state)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();

        var success = await client.AuthorizeAsync(browser, ("state", state));
        var failure = await client.AuthorizeAsync(browser, ("state", state), ("response_type", "token"));

        Assert.NotNull(success.Query("code"));
        Assert.Equal(state, success.Query("state"));
        Assert.Equal(client.Issuer, success.Query("iss"));
        failure.ExpectRedirectError(client, "unsupported_response_type", state);
    }

    // A25
    [Fact]
    public async Task A_request_without_state_gets_a_response_without_state()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();

        var result = await client.AuthorizeAsync(browser, ("state", null));

        Assert.NotNull(result.Query("code"));
        Assert.DoesNotContain("state", result.Uri.Query, StringComparison.Ordinal);
    }

    // A24
    [Fact]
    public async Task The_issuer_in_redirects_matches_the_metadata_byte_for_byte()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var metadata = System.Text.Json.Nodes.JsonNode.Parse(
            await client.Http.GetStringAsync($"{client.Issuer}/.well-known/oauth-authorization-server")
        )!;

        var success = await client.AuthorizeAsync(browser);
        var failure = await client.AuthorizeAsync(browser, ("scope", "openid"), ("code_challenge", null));

        Assert.True(metadata["authorization_response_iss_parameter_supported"]!.GetValue<bool>());
        Assert.Equal(metadata["issuer"]!.GetValue<string>(), success.Query("iss"));
        Assert.Equal(metadata["issuer"]!.GetValue<string>(), failure.Query("iss"));
    }

    // A26
    [Fact]
    public async Task Error_descriptions_are_fixed_ASCII_texts()
    {
        foreach (
            var (name, value) in new[]
            {
                ("response_type", "<b>\r\nX: y"),
                ("resource", "https://evil.example/<svg>"),
                ("code_challenge", "<i>ü</i>"),
                ("response_mode", "\"<script>"),
            }
        )
        {
            var description = (await RequestAsync([(name, value)], out _)).Query("error_description");

            Assert.NotNull(description);
            Assert.All(description, character => Assert.InRange(character, ' ', '~'));
            Assert.DoesNotContain("<", description, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", description, StringComparison.Ordinal);
        }
    }

    // A27
    [Fact]
    public async Task A_request_can_be_posted_as_a_form()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(client.AuthorizeUrl()).Query);

        using var response = await browser.PostAsync(
            new Uri(client.Issuer + "/authorize"),
            query.AllKeys.Select(key => KeyValuePair.Create(key!, query[key]!))
        );

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.StartsWith("/oauth/consent?", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    // A27
    [Fact]
    public async Task A_JSON_POST_body_and_other_methods_are_refused()
    {
        using var client = await fixture.RegisterAsync();
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");

        using var posted = await client.Http.PostAsync(client.Issuer + "/authorize", json);
        using var put = await client.Http.PutAsync(client.AuthorizeUrl(), content: null);
        using var delete = await client.Http.DeleteAsync(client.AuthorizeUrl());

        Assert.Equal(HttpStatusCode.BadRequest, posted.StatusCode);
        Assert.All([put, delete], response => Assert.InRange((int)response.StatusCode, 400, 405));
        Assert.All([posted, put, delete], response => Assert.Null(response.Headers.Location));
    }

    // A29
    [Theory]
    [InlineData("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported")]
    [InlineData("request_uri", "https://client.example/request.jwt", "request_uri_not_supported")]
    public async Task Request_objects_are_refused_and_never_fetched(string parameter, string value, string error) =>
        (await RequestAsync([(parameter, value)], out var client)).ExpectRedirectError(client(), error);

    private Task<BrowserResult> RequestAsync((string Name, string? Value)[] changes, out Func<OAuthClient> client) =>
        RequestAsync(used => used.AuthorizeUrl(changes), out client);

    private Task<BrowserResult> RequestAsync(Func<OAuthClient, string> url, out Func<OAuthClient> client)
    {
        OAuthClient? registered = null;
        client = () => registered!;
        return OpenAsync();

        async Task<BrowserResult> OpenAsync()
        {
            registered = await fixture.RegisterAsync();
            using var browser = new Browser();
            return await browser.OpenAsync(url(registered), uri => registered.IsRedirectUri(uri) || uri.AbsolutePath == "/oauth/consent");
        }
    }
}
