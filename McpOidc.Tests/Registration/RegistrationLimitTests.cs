using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Limits on registration, and what happens to a client's grants when its registration changes.</summary>
public sealed class RegistrationLimitTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose() => _http.Dispose();

    // E04
    [Fact]
    public async Task Twenty_redirect_URIs_are_accepted_and_more_are_not()
    {
        string[] Uris(int count) => [.. Enumerable.Range(0, count).Select(number => $"https://app.example/{number}")];

        Assert.Equal(201, (await RegisterAsync(OAuthClient.Metadata(Uris(20)))).Status);
        var (status, body) = await RegisterAsync(OAuthClient.Metadata(Uris(21)));
        Assert.Equal((400, "invalid_redirect_uri"), (status, body["error"]!.GetValue<string>()));
    }

    // E04
    [Fact]
    public async Task A_redirect_URI_longer_than_2048_characters_is_refused()
    {
        var (status, body) = await RegisterAsync(OAuthClient.Metadata("https://app.example/" + new string('a', 2048)));

        Assert.Equal((400, "invalid_redirect_uri"), (status, body["error"]!.GetValue<string>()));
        Assert.Contains("redirect_uris[0]", body["error_description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    // E01, weakness 22: cursor:// is fine on its own and lets nothing else through.
    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("http://remote.example/cb")]
    public async Task A_known_private_scheme_does_not_make_other_URIs_acceptable_in_either_order(string bad)
    {
        const string Good = "cursor://anysphere.cursor-mcp/oauth/callback";

        Assert.Equal(201, (await RegisterAsync(OAuthClient.Metadata(Good))).Status);
        Assert.Equal("invalid_redirect_uri", (await RegisterAsync(OAuthClient.Metadata(Good, bad))).Body["error"]!.GetValue<string>());
        Assert.Equal("invalid_redirect_uri", (await RegisterAsync(OAuthClient.Metadata(bad, Good))).Body["error"]!.GetValue<string>());
    }

    // E11
    [Theory]
    [InlineData("text/plain", """{"redirect_uris":["https://a.example/"]}""")]
    [InlineData("application/x-www-form-urlencoded", "redirect_uris=https://a.example/")]
    [InlineData("application/json", """{"redirect_uris":["https://a.example/"],"x":NaN}""")]
    [InlineData("application/json", "")]
    [InlineData("application/json", "null")]
    public async Task A_body_that_is_not_a_JSON_object_is_refused(string contentType, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(contentType);

        using var response = await _http.PostAsync(fixture.System.Issuer + "/register", content);

        Assert.InRange((int)response.StatusCode, 400, 415);
        Assert.Contains("invalid_client_metadata", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // E12
    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task A_missing_wrong_or_foreign_token_and_an_unknown_client_get_the_same_response(string method)
    {
        var own = (await RegisterAsync(OAuthClient.Metadata("https://a.example/"))).Body;
        var other = (await RegisterAsync(OAuthClient.Metadata("https://b.example/"))).Body;
        var uri = own["registration_client_uri"]!.GetValue<string>();
        var ownToken = own["registration_access_token"]!.GetValue<string>();

        var answers = new List<string>
        {
            await ManageAsync(method, uri, token: null),
            await ManageAsync(method, uri, "wrong"),
            await ManageAsync(method, uri, other["registration_access_token"]!.GetValue<string>()),
            await ManageAsync(method, fixture.System.Issuer + "/register/nobody", ownToken),
        };

        Assert.StartsWith("401 ", Assert.Single(answers.Distinct()), StringComparison.Ordinal);
        Assert.StartsWith("200 ", await ManageAsync("GET", uri, ownToken), StringComparison.Ordinal);
    }

    // E13, E14: also a code not yet redeemed.
    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task A_pending_code_becomes_invalid_when_redirect_URIs_change_or_the_client_is_deleted(string method)
    {
        using var client = fixture.System.CreateClient();
        var registered = await client.RegisterAsync(OAuthClient.StoredMetadata(client.RedirectUri));
        using var browser = new Browser();
        var code = await client.GetCodeAsync(browser);

        Assert.StartsWith(
            "20",
            await ManageAsync(
                method,
                registered["registration_client_uri"]!.GetValue<string>(),
                registered["registration_access_token"]!.GetValue<string>()
            ),
            StringComparison.Ordinal
        );

        Assert.Contains((await client.RedeemAsync(code)).Error, new[] { "invalid_grant", "invalid_client" });
    }

    // E14, E16
    [Fact]
    public async Task A_deleted_client_leads_to_an_error_page_and_invalid_client()
    {
        using var client = fixture.System.CreateClient();
        var registered = await client.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.StartsWith(
            "204",
            await ManageAsync(
                "DELETE",
                registered["registration_client_uri"]!.GetValue<string>(),
                registered["registration_access_token"]!.GetValue<string>()
            ),
            StringComparison.Ordinal
        );

        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl());
        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    // Weaknesses 17 and 23 (secrets in plain text, registrations kept forever)
    [Fact]
    public async Task The_secrets_of_a_registration_are_not_stored_in_plain_text()
    {
        var metadata = OAuthClient.StoredMetadata("https://a.example/");
        metadata["token_endpoint_auth_method"] = "client_secret_basic";
        var body = (await RegisterAsync(metadata)).Body;

        var dump = fixture.DumpStore();

        Assert.Contains(body["client_id"]!.GetValue<string>(), dump, StringComparison.Ordinal);
        Assert.DoesNotContain(body["client_secret"]!.GetValue<string>(), dump, StringComparison.Ordinal);
        Assert.DoesNotContain(body["registration_access_token"]!.GetValue<string>(), dump, StringComparison.Ordinal);
    }

    private async Task<(int Status, JsonObject Body)> RegisterAsync(JsonObject metadata)
    {
        using var response = await _http.PostAsJsonAsync(fixture.System.Issuer + "/register", metadata);
        Assert.True(response.Headers.CacheControl!.NoStore);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    private async Task<string> ManageAsync(string method, string uri, string? token)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), uri);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = method == "PUT" ? JsonContent.Create(OAuthClient.Metadata("https://changed.example/")) : null;
        using var response = await _http.SendAsync(request);
        return $"{(int)response.StatusCode} {response.Headers.WwwAuthenticate} "
            + $"{(response.StatusCode == HttpStatusCode.OK ? "" : await response.Content.ReadAsStringAsync())}";
    }
}
