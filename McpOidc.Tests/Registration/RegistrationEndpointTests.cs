using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Dynamic Client Registration (security cases E; npm weaknesses 22, 23).</summary>
public sealed class RegistrationEndpointTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(fixture.System.Issuer) };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_public_native_client_is_registered_without_a_secret_and_gets_a_complete_response()
    {
        using var response = await _http.PostAsJsonAsync(
            "/register",
            OAuthClient.Metadata("http://127.0.0.1/cb", "cursor://anysphere.cursor-retrieval/oauth/callback")
        );
        var body = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("native", body!["application_type"]!.GetValue<string>());
        Assert.Null(body["client_secret"]);
        Assert.False(body["client_id"]!.GetValue<string>().StartsWith("https://", StringComparison.Ordinal));
        Assert.StartsWith(
            fixture.System.Issuer + "/register/",
            body["registration_client_uri"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        Assert.NotNull(body["registration_access_token"]);
    }

    [Theory]
    [InlineData("client_secret_post")]
    [InlineData("client_secret_basic")]
    [InlineData(null)]
    public async Task A_confidential_client_gets_a_secret_that_does_not_expire(string? method)
    {
        var metadata = OAuthClient.Metadata("https://app.example/cb");
        metadata.Remove("token_endpoint_auth_method");
        if (method is not null)
        {
            metadata["token_endpoint_auth_method"] = method;
        }

        var body = await RegisterAsync(metadata);
        Assert.Equal(43, body["client_secret"]!.GetValue<string>().Length);
        Assert.Equal(0, body["client_secret_expires_at"]!.GetValue<int>());
        Assert.Equal(method ?? "client_secret_basic", body["token_endpoint_auth_method"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("vbscript:x")]
    [InlineData("http://app.example/cb")]
    [InlineData("https://app.example/cb#fragment")]
    [InlineData("https://*.example/cb")]
    [InlineData("https://user:pw@app.example/cb")]
    [InlineData("cursor://user@host/cb")]
    [InlineData("CURSOR://user:pw@host/cb")]
    [InlineData("https://app.example\\@evil.test/")]
    [InlineData("https://\u0430pple.example/cb")]
    [InlineData("http://localhost.evil.test/cb")]
    [InlineData("http://127.1/cb")]
    [InlineData("http://2130706433/cb")]
    [InlineData("http://0x7f000001/cb")]
    [InlineData("http://0.0.0.0/cb")]
    [InlineData("http://[::1%25lo]/cb")]
    [InlineData("vscode:")]
    [InlineData("//app.example/cb")]
    [InlineData("/cb")]
    [InlineData("")]
    public async Task Every_redirect_URI_is_checked_separately_and_the_error_says_which_is_invalid(string bad)
    {
        var (status, body) = await TryAsync(OAuthClient.Metadata("cursor://good/cb", "https://good.example/cb", bad));
        Assert.Equal(400, status);
        Assert.Equal("invalid_redirect_uri", body["error"]!.GetValue<string>());
        Assert.StartsWith("redirect_uris[2] ", body["error_description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"redirect_uris":"https://a.example/"}""", "invalid_redirect_uri", "redirect_uris")]
    [InlineData("""{"redirect_uris":[]}""", "invalid_redirect_uri", "redirect_uris")]
    [InlineData("""{}""", "invalid_redirect_uri", "redirect_uris")]
    [InlineData("""{"redirect_uris":["com.unknown.app:/cb"]}""", "invalid_redirect_uri", "McpOidc:Registration:PrivateSchemes")]
    [InlineData("""{"redirect_uris":["https://a.example/"],"application_type":"toaster"}""", "invalid_client_metadata", "application_type")]
    [InlineData("""{"redirect_uris":["https://a.example/"],"grant_types":["password"]}""", "invalid_client_metadata", "grant_types")]
    [InlineData("""{"redirect_uris":["https://a.example/"],"grant_types":["refresh_token"]}""", "invalid_client_metadata", "grant_types")]
    [InlineData("""{"redirect_uris":["https://a.example/"],"response_types":["token"]}""", "invalid_client_metadata", "response_types")]
    [InlineData(
        """{"redirect_uris":["https://a.example/"],"token_endpoint_auth_method":"tls_client_auth"}""",
        "invalid_client_metadata",
        "token_endpoint_auth_method"
    )]
    [InlineData(
        """{"redirect_uris":["https://a.example/"],"token_endpoint_auth_method":"private_key_jwt"}""",
        "invalid_client_metadata",
        "jwks"
    )]
    [InlineData("""{"redirect_uris":["https://a.example/"],"client_uri":"javascript:alert(1)"}""", "invalid_client_metadata", "client_uri")]
    [InlineData("""{"redirect_uris":["https://a.example/"],"jwks_uri":"http://169.254.169.254/"}""", "invalid_client_metadata", "jwks_uri")]
    [InlineData("""{"redirect_uris":["https://a.example/"],"client_name":7}""", "invalid_client_metadata", "client_name")]
    [InlineData(
        """{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}""",
        "invalid_redirect_uri",
        "redirect_uris"
    )]
    [InlineData("""[]""", "invalid_client_metadata", "JSON object")]
    [InlineData("""{"redirect_uris":["https://a.example/"]""", "invalid_client_metadata", "JSON object")]
    public async Task Invalid_metadata_is_refused_with_the_member_and_the_reason(string json, string error, string names)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync("/register", content);
        var body = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(error, body!["error"]!.GetValue<string>());
        Assert.Contains(names, body["error_description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_large_too_deeply_nested_or_not_JSON_is_refused()
    {
        var large = OAuthClient.Metadata("https://a.example/");
        large["client_name"] = new string('x', 100_000);
        Assert.Equal(413, (await TryAsync(large)).Status);
        using var deep = new StringContent(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)), Encoding.UTF8, "application/json");
        using var deepAnswer = await _http.PostAsync("/register", deep);
        Assert.Equal(HttpStatusCode.BadRequest, deepAnswer.StatusCode);
        using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
        using var textAnswer = await _http.PostAsync("/register", text);
        Assert.Equal(HttpStatusCode.BadRequest, textAnswer.StatusCode);
    }

    // E08
    [Fact]
    public async Task Grant_types_that_are_not_open_to_self_service_are_left_out_and_the_response_says_so()
    {
        var metadata = OAuthClient.Metadata("https://a.example/");
        metadata["grant_types"] = new JsonArray(
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code"
        );
        Assert.Equal(
            ["authorization_code", "refresh_token"],
            (await RegisterAsync(metadata))["grant_types"]!.AsArray().Select(type => type!.ToString())
        );
    }

    // better-auth#10946, laravel/mcp#173, jentic#1245: Cursor.
    [Fact]
    public async Task A_private_scheme_makes_a_client_native_regardless_of_its_declared_type()
    {
        var metadata = OAuthClient.Metadata(
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback"
        );
        metadata["application_type"] = "web";
        Assert.Equal("native", (await RegisterAsync(metadata))["application_type"]!.ToString());
    }

    // oidc-agent
    [Theory]
    [InlineData("http://localhost:4242")]
    [InlineData("http://127.0.0.1/cb", "https://app.example/cb")]
    [InlineData("http://[::1]:8080/cb")]
    public async Task A_loopback_address_makes_a_client_native_regardless_of_its_declared_type(params string[] redirectUris)
    {
        var metadata = OAuthClient.Metadata(redirectUris);
        metadata["application_type"] = "web";
        Assert.Equal("native", (await RegisterAsync(metadata))["application_type"]!.ToString());
    }

    // RFC 7592 §2.2
    [Fact]
    public async Task A_registration_cannot_be_changed_to_another_client_id_or_a_secret_chosen_by_the_client()
    {
        var metadata = OAuthClient.StoredMetadata("https://a.example/");
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        var mine = await RegisterAsync(metadata);
        var token = mine["registration_access_token"]!.ToString();
        foreach (
            var (member, value) in new (string, JsonNode)[]
            {
                ("client_id", "another"),
                ("client_id", 7),
                ("client_secret", "a secret of my own choice, and long enough"),
                ("client_secret", new JsonObject()),
            }
        )
        {
            var change = metadata.DeepClone().AsObject();
            change[member] = value;
            using var refused = await ManageAsync(HttpMethod.Put, mine, token, change);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            var body = await refused.Content.ReadFromJsonAsync<JsonObject>();
            Assert.Equal("invalid_client_metadata", body!["error"]!.ToString());
        }

        var same = metadata.DeepClone().AsObject();
        (same["client_id"], same["client_secret"]) = (mine["client_id"]!.DeepClone(), mine["client_secret"]!.DeepClone());
        using var changed = await ManageAsync(HttpMethod.Put, mine, token, same);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    // A faulty value that is never used is no reason to refuse a client.
    [Theory]
    [InlineData("logo_uri", "\"data:image/png;base64,iVBORw0KGgo=\"", null)]
    [InlineData("logo_uri", "{\"url\":\"https://a.example/\"}", null)]
    [InlineData("tos_uri", "\"terms.html\"", null)]
    [InlineData("policy_uri", "\"\"", null)]
    [InlineData("software_version", "1.5", "1.5")]
    [InlineData("software_version", "[1]", null)]
    [InlineData("software_id", "17", "17")]
    [InlineData("contacts", "\"me@a.example\"", "[\"me@a.example\"]")]
    [InlineData("contacts", "[\"me@a.example\",7,null]", "[\"me@a.example\",\"7\"]")]
    [InlineData("contacts", "null", null)]
    [InlineData("userinfo_signed_response_alg", "\"RS256\"", null)]
    [InlineData("id_token_encrypted_response_alg", "\"RSA-OAEP\"", null)]
    [InlineData("subject_type", "\"pairwise\"", null)]
    [InlineData("backchannel_logout_uri", "\"https://a.example/logout\"", null)]
    [InlineData("tls_client_certificate_bound_access_tokens", "true", null)]
    [InlineData("scope", "[\"openid\",\"files:read\"]", null)]
    [InlineData("scope", "\" openid  email \"", null)]
    [InlineData("token_endpoint_auth_methods_supported", "\"none\"", null)]
    [InlineData("token_endpoint_auth_methods_supported", "{}", null)]
    [InlineData("token_endpoint_auth_methods_supported", "[null,7,\"none\"]", null)]
    [InlineData("token_endpoint_auth_method", "\"\"", "client_secret_basic")]
    [InlineData("client_uri", "\"\"", null)]
    [InlineData("jwks_uri", "\"\"", null)]
    [InlineData("software_id", "\"\"", null)]
    [InlineData("software_version", "\"\"", null)]
    [InlineData("application_type", "\"\"", "web")]
    [InlineData("id_token_signed_response_alg", "\"\"", "RS256")]
    [InlineData("client_name", "\"\"", null)]
    [InlineData("jwks", "null", null)]
    [InlineData("grant_types", "[]", "[\"authorization_code\",\"refresh_token\"]")]
    [InlineData("response_types", "null", "[\"code\"]")]
    [InlineData("post_logout_redirect_uris", "null", null)]
    public async Task A_registration_response_contains_the_values_that_apply(string member, string sent, string? answered)
    {
        var metadata = OAuthClient.Metadata("https://a.example/");
        metadata[member] = JsonNode.Parse(sent);
        var answer = (await RegisterAsync(metadata))[member];
        Assert.Equal(answered, answer is JsonArray ? answer.ToJsonString() : answer?.ToString());
    }

    [Fact]
    public async Task What_nobody_uses_and_is_too_long_is_left_out()
    {
        var metadata = OAuthClient.Metadata("https://a.example/");
        (metadata["software_id"], metadata["software_version"]) = (new string('x', 513), new string('x', 513));
        metadata["contacts"] = new JsonArray([
            new string('x', 513),
            .. Enumerable.Range(0, 30).Select(number => (JsonNode)$"{number}@a.example"),
        ]);
        metadata["client_uri"] = "http://a.example/";
        var answer = await RegisterAsync(metadata);
        Assert.Equal((null, null, null), (answer["software_id"], answer["software_version"], answer["client_uri"]));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(number => $"{number}@a.example"),
            answer["contacts"]!.AsArray().Select(one => $"{one}")
        );
    }

    [Fact]
    public async Task A_dropped_logo_takes_no_space_in_the_registration()
    {
        var metadata = OAuthClient.Metadata("https://a.example/");
        metadata["logo_uri"] = "data:image/png;base64," + new string('A', 30_000);
        Assert.Null((await RegisterAsync(metadata))["logo_uri"]);
    }

    [Fact]
    public async Task Unknown_members_are_dropped_scopes_are_a_hint_and_default_grant_types_include_refresh_tokens()
    {
        var metadata = OAuthClient.StoredMetadata("https://a.example/");
        metadata.Remove("grant_types");
        metadata["scope"] = "openid admin";
        metadata["x_unknown"] = true;
        var body = await RegisterAsync(metadata);
        Assert.Null(body["x_unknown"]);
        Assert.Equal("openid admin", body["scope"]!.GetValue<string>());
        Assert.Contains("refresh_token", body["grant_types"]!.AsArray().Select(node => node!.GetValue<string>()));
    }

    [Fact]
    public async Task The_registration_can_only_be_read_changed_and_deleted_with_its_own_token()
    {
        var mine = await RegisterAsync(OAuthClient.StoredMetadata("https://a.example/"));
        var other = await RegisterAsync(OAuthClient.Metadata("https://b.example/"));
        foreach (var token in new[] { null, "wrong", other["registration_access_token"]!.GetValue<string>() })
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
            {
                using var refused = await ManageAsync(method, mine, token, OAuthClient.Metadata("https://evil.test/"));
                Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            }
        }

        var own = mine["registration_access_token"]!.GetValue<string>();
        using var read = await ManageAsync(HttpMethod.Get, mine, own);
        Assert.Equal(
            mine["client_id"]!.GetValue<string>(),
            (await read.Content.ReadFromJsonAsync<JsonObject>())!["client_id"]!.GetValue<string>()
        );
        using var updated = await ManageAsync(HttpMethod.Put, mine, own, OAuthClient.Metadata("https://c.example/"));
        Assert.Equal(
            "https://c.example/",
            (await updated.Content.ReadFromJsonAsync<JsonObject>())!["redirect_uris"]![0]!.GetValue<string>()
        );
        using var invalid = await ManageAsync(HttpMethod.Put, mine, own, OAuthClient.Metadata("javascript:x"));
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        using var deleted = await ManageAsync(HttpMethod.Delete, mine, own);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await ManageAsync(HttpMethod.Get, mine, own);
        Assert.Equal(HttpStatusCode.Unauthorized, gone.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deleting_a_client_or_changing_its_redirect_URIs_ends_its_grants(bool delete)
    {
        using var client = fixture.System.CreateClient();
        using var browser = new Browser();
        var registration = await client.RegisterAsync(OAuthClient.StoredMetadata(client.RedirectUri));
        var tokens = await client.SignInAsync(browser);
        using var answer = await ManageAsync(
            delete ? HttpMethod.Delete : HttpMethod.Put,
            registration,
            registration["registration_access_token"]!.GetValue<string>(),
            OAuthClient.Metadata("https://new.example/")
        );
        Assert.True(answer.IsSuccessStatusCode);

        var refreshed = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(delete ? "invalid_client" : "invalid_grant", refreshed.Error);
        Assert.Equal(delete ? 401 : 400, refreshed.Status);
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(2));
        using var call = await client.CallAsync($"{fixture.System.McpOrigin}/echo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, call.StatusCode);
    }

    [Fact]
    public async Task An_unused_stored_client_is_removed_after_a_week_and_one_in_use_is_not()
    {
        await using var system = await TestSystem.StartAsync();
        using var unused = system.CreateClient();
        await unused.RegisterAsync(OAuthClient.StoredMetadata(unused.RedirectUri));
        using var used = system.CreateClient();
        using var browser = new Browser();
        await used.RegisterAsync(OAuthClient.StoredMetadata(used.RedirectUri));
        var tokens = await used.SignInAsync(browser);
        for (var week = 0; week < 20; week++)
        {
            system.Clock.Advance(TimeSpan.FromDays(8));
            tokens = await used.RefreshAsync(tokens.RefreshToken);
        }

        Assert.Equal(200, tokens.Status);
        Assert.Equal("invalid_client", (await unused.RefreshAsync("x.y.z")).Error);
    }

    private async Task<JsonObject> RegisterAsync(JsonObject metadata)
    {
        var (status, body) = await TryAsync(metadata);
        Assert.Equal(201, status);
        return body;
    }

    private async Task<(int Status, JsonObject Body)> TryAsync(JsonObject metadata)
    {
        using var response = await _http.PostAsJsonAsync("/register", metadata);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    private async Task<HttpResponseMessage> ManageAsync(HttpMethod method, JsonObject registration, string? token, JsonObject? body = null)
    {
        using var request = new HttpRequestMessage(method, registration["registration_client_uri"]!.GetValue<string>());
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = method == HttpMethod.Put ? JsonContent.Create(body) : null;
        return await _http.SendAsync(request);
    }
}
