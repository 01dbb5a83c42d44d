using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>The limits of every member of a registration, each exactly and one above, and what an error repeats of a value (RFC 7591 §2).
/// </summary>
public sealed class RegistrationMetadataTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(fixture.System.Issuer) };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_client_name_has_at_most_512_characters()
    {
        var longest = new string('n', 512);

        Assert.Equal(longest, $"{(await RegisterAsync("client_name", longest))["client_name"]}");
        var refused = await RegisterAsync("client_name", longest + "n");
        Assert.Equal("invalid_client_metadata: client_name is longer than 512 characters", Error(refused));
    }

    [Theory]
    [InlineData("software_id", "", 512)]
    [InlineData("software_version", "", 512)]
    [InlineData("scope", "", 512)]
    [InlineData("client_uri", "https://app.example/", 2048)]
    [InlineData("logo_uri", "https://app.example/", 2048)]
    [InlineData("tos_uri", "https://app.example/", 2048)]
    [InlineData("policy_uri", "https://app.example/", 2048)]
    public async Task A_member_that_is_only_shown_or_a_hint_is_left_out_if_it_is_too_long(string member, string start, int limit)
    {
        var longest = start.PadRight(limit, 'a');

        Assert.Equal(longest, $"{(await RegisterAsync(member, longest))[member]}");
        Assert.Null((await RegisterAsync(member, longest + "a"))[member]);
    }

    [Fact]
    public async Task A_registration_has_at_most_20_contacts_of_at_most_512_characters()
    {
        var longest = new string('c', 512);
        string[] contacts = [longest, .. Enumerable.Range(1, 19).Select(number => $"{number}@app.example")];

        Assert.Equal(contacts, Texts(await RegisterAsync("contacts", Array(contacts)), "contacts"));
        Assert.Equal(contacts, Texts(await RegisterAsync("contacts", Array([.. contacts, "20@app.example"])), "contacts"));
        Assert.Equal(["1@app.example"], Texts(await RegisterAsync("contacts", Array(longest + "c", "1@app.example")), "contacts"));
    }

    [Fact]
    public async Task A_client_has_at_most_10_keys()
    {
        JsonObject Keys(int count) => new() { ["keys"] = new JsonArray([.. Enumerable.Range(0, count).Select(_ => NewKey())]) };

        Assert.Equal(10, (await RegisterAsync("jwks", Keys(10)))["jwks"]!["keys"]!.AsArray().Count);
        Assert.Equal("invalid_client_metadata: jwks contains more than 10 keys", Error(await RegisterAsync("jwks", Keys(11))));
        Assert.Equal(
            "invalid_client_metadata: jwks is required with private_key_jwt and must contain a key",
            Error(await RegisterAsync("jwks", Keys(0)))
        );
    }

    [Theory]
    [InlineData("""{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}""", "jwks must contain public keys only")]
    [InlineData(
        """{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}""",
        "jwks contains no RSA or elliptic curve key that can verify signatures"
    )]
    public async Task A_key_that_is_secret_or_cannot_verify_signatures_is_refused_with_the_reason(string key, string reason)
    {
        var set = new JsonObject { ["keys"] = new JsonArray(JsonNode.Parse(key)) };

        Assert.Equal($"invalid_client_metadata: {reason}", Error(await RegisterAsync("jwks", set)));
    }

    [Theory]
    [InlineData("RS256", true)]
    [InlineData("ES256", true)]
    [InlineData("HS256", false)]
    [InlineData("none", false)]
    public async Task An_id_token_algorithm_is_registered_only_if_the_server_signs_with_it(string algorithm, bool isSupported)
    {
        var answer = await RegisterAsync("id_token_signed_response_alg", algorithm);

        if (isSupported)
        {
            Assert.Equal(algorithm, $"{answer["id_token_signed_response_alg"]}");
        }
        else
        {
            Assert.Equal(
                $"invalid_client_metadata: id_token_signed_response_alg is '{algorithm}'; supported are RS256, ES256",
                Error(answer)
            );
        }
    }

    [Theory]
    [InlineData(" !~a", " !~a")]
    [InlineData("a\"b\\c", "a?b?c")]
    [InlineData("a\u001fb\u007fc\u00e9", "a?b?c?")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", null)]
    [InlineData(
        "0123456789012345678901234567890123456789012345678901234567890123x",
        "0123456789012345678901234567890123456789012345678901234567890123"
    )]
    public async Task An_error_repeats_of_a_value_64_characters_that_RFC_6749_allows_in_it(string sent, string? repeated)
    {
        repeated ??= sent;
        Assert.StartsWith(
            $"invalid_client_metadata: token_endpoint_auth_method is '{repeated}'; supported are none,",
            Error(await RegisterAsync("token_endpoint_auth_method", sent)),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            $"invalid_client_metadata: id_token_signed_response_alg is '{repeated}'; supported are RS256,",
            Error(await RegisterAsync("id_token_signed_response_alg", sent)),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            $"invalid_client_metadata: response_types contains '{repeated}'; only 'code'",
            Error(await RegisterAsync("response_types", Array("code", sent))),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("web", "web")]
    [InlineData("native", "native")]
    [InlineData(null, "web")]
    public async Task A_client_that_has_only_https_redirect_URIs_is_what_it_declares_or_else_web(string? declared, string type) =>
        Assert.Equal(type, $"{(await RegisterAsync("application_type", declared))["application_type"]}");

    [Theory]
    [InlineData(" A client ", "A client")]
    [InlineData(" \t ", null)]
    public async Task A_client_name_is_registered_without_white_space_around_it(string sent, string? registered) =>
        Assert.Equal(registered, (await RegisterAsync("client_name", sent))["client_name"]?.ToString());

    [Fact]
    public async Task A_post_logout_redirect_URI_is_checked_like_a_redirect_URI() =>
        Assert.Equal(
            "invalid_redirect_uri: post_logout_redirect_uris[1] contains a fragment (RFC 6749 section 3.1.2)",
            Error(await RegisterAsync("post_logout_redirect_uris", Array("https://app.example/bye", "https://app.example/bye#x")))
        );

    [Theory]
    [InlineData("redirect_uris", "invalid_redirect_uri: redirect_uris is required and must name at least one URI")]
    [InlineData("grant_types", "invalid_client_metadata: grant_types must contain authorization_code")]
    public async Task A_client_of_only_the_device_grant_is_refused_while_the_operator_has_not_enabled_it(string member, string error)
    {
        var metadata = OAuthClient.Metadata(member == "redirect_uris" ? [] : ["https://app.example/cb"]);
        metadata["grant_types"] = Array("urn:ietf:params:oauth:grant-type:device_code");

        Assert.Equal(error, Error(await SendAsync(metadata)));
    }

    private static string Error(JsonObject answer) => $"{answer["error"]}: {answer["error_description"]}";

    private static JsonArray Array(params string[] values) => new([.. values.Select(value => (JsonNode)value)]);

    private static IEnumerable<string> Texts(JsonObject answer, string member) => answer[member]!.AsArray().Select(one => $"{one}");

    private static JsonObject NewKey()
    {
        using var key = new ClientKey();
        return key.PublicJwk;
    }

    private Task<JsonObject> RegisterAsync(string member, JsonNode? value)
    {
        var metadata = OAuthClient.StoredMetadata("https://app.example/cb");
        if (member == "jwks")
        {
            metadata["token_endpoint_auth_method"] = "private_key_jwt";
        }

        metadata[member] = value;
        return SendAsync(metadata);
    }

    private async Task<JsonObject> SendAsync(JsonObject metadata)
    {
        using var response = await _http.PostAsJsonAsync("/register", metadata);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
