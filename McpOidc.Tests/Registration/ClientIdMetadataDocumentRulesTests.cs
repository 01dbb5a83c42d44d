using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>What a document must contain (security cases F02, F12, F13, F22).</summary>
public sealed class ClientIdMetadataDocumentRulesTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    private const string Uris = """ "redirect_uris":["http://127.0.0.1:7777/callback"] """;
    private const string Keys =
        """{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}""";

    [Theory]
    [InlineData("/")]
    [InlineData("?a=1")]
    [InlineData("#a")]
    [InlineData("x")]
    public async Task A_document_whose_client_id_is_not_exactly_its_URL_is_refused(string added) =>
        await AssertRefusedAsync(
            document => document["client_id"] = document["client_id"]!.GetValue<string>() + added,
            "client_id is missing, or is not"
        );

    [Fact]
    public async Task A_document_whose_client_id_differs_in_case_is_refused() =>
        await AssertRefusedAsync(
            document => document["client_id"] = document["client_id"]!.GetValue<string>().ToUpperInvariant(),
            "client_id is missing, or is not"
        );

    [Theory]
    [InlineData("client_id", "client_id is missing")]
    [InlineData("client_name", "client_name is required")]
    [InlineData("redirect_uris", "redirect_uris is required")]
    public async Task Required_members_must_be_present(string member, string reason) =>
        await AssertRefusedAsync(document => document.Remove(member), reason);

    [Theory]
    [InlineData("token_endpoint_auth_method", "\"client_secret_basic\"", "shared secret")]
    [InlineData("token_endpoint_auth_method", "\"client_secret_post\"", "shared secret")]
    [InlineData("token_endpoint_auth_method", "\"client_secret_jwt\"", "shared secret")]
    [InlineData("token_endpoint_auth_method", "\"tls_client_auth\"", "token_endpoint_auth_method")]
    [InlineData("token_endpoint_auth_method", "\"private_key_jwt\"", "jwks is required")]
    [InlineData("client_secret", "\"secret\"", "client_secret")]
    [InlineData("client_secret", "0", "client_secret")]
    [InlineData("client_secret_expires_at", "0", "client_secret")]
    [InlineData("client_name", "\" \"", "client_name is required")]
    [InlineData("client_name", "7", "client_name has the wrong type")]
    [InlineData("redirect_uris", "\"https://a.example/\"", "redirect_uris must be an array")]
    [InlineData("redirect_uris", "[]", "redirect_uris is required")]
    [InlineData("redirect_uris", "[null]", "redirect_uris[0]")]
    [InlineData("redirect_uris", "[\"https://a.example/\",\"javascript:alert(1)\"]", "redirect_uris[1]")]
    [InlineData("redirect_uris", "[\"http://a.example/\"]", "redirect_uris[0]")]
    [InlineData("redirect_uris", "[\"https://*.example/\"]", "wildcard")]
    [InlineData("grant_types", "[\"client_credentials\"]", "grant_types")]
    [InlineData("response_types", "[\"token\"]", "response_types")]
    [InlineData("client_uri", "\"javascript:alert(1)\"", "client_uri")]
    [InlineData("client_id", "[\"https://client.example/a\"]", "client_id is not a string")]
    public async Task A_document_with_an_invalid_member_is_refused_and_the_member_is_named(string member, string json, string reason) =>
        await AssertRefusedAsync(document => document[member] = JsonNode.Parse(json), reason);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"https://client.example/\"")]
    [InlineData("{")]
    [InlineData("<html></html>")]
    [InlineData("{} {}")]
    public async Task A_document_that_is_not_a_single_JSON_object_is_refused(string body)
    {
        var url = fixture.NewUrl();
        fixture.Host.Answer(url, http => DocumentHost.WriteAsync(http, body));
        await fixture.AssertRefusedAsync(url, "The document is invalid");
    }

    [Theory]
    [InlineData("\"client_id\":\"https://evil.example/\",\"client_id\":\"URL\",\"client_name\":\"x\",")]
    [InlineData("\"client_id\":\"URL\",\"client_id\":\"https://evil.example/\",\"client_name\":\"x\",")]
    [InlineData("\"client_id\":\"URL\",\"client_name\":\"x\",\"redirect_uris\":[\"https://evil.example/\"],")]
    public async Task A_document_with_a_duplicate_member_is_refused(string members)
    {
        var url = fixture.NewUrl();
        fixture.Host.Answer(
            url,
            http => DocumentHost.WriteAsync(http, "{" + members.Replace("URL", url, StringComparison.Ordinal) + Uris + "}")
        );
        await fixture.AssertRefusedAsync(url, "The document is invalid");
    }

    // RFC 8259 §8.1
    [Fact]
    public async Task A_byte_order_mark_before_a_document_and_its_keys_is_ignored()
    {
        var (url, keys) = (fixture.NewUrl(), fixture.NewUrl("keys"));
        var document = DocumentSystem.Document(url);
        WithKeys(document, keys);
        fixture.Host.Answer(url, http => DocumentHost.WriteAsync(http, "\uFEFF" + document.ToJsonString()));
        fixture.Host.Answer(keys, http => DocumentHost.WriteAsync(http, "\uFEFF" + Keys));
        await fixture.AssertAcceptedAsync(url);
    }

    [Fact]
    public async Task Features_that_only_other_servers_offer_are_ignored()
    {
        var url = fixture.Publish(document =>
        {
            document["grant_types"] = new JsonArray("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code");
            document["response_types"] = new JsonArray("code", "none");
            document["scope"] = "openid something";
            document["application_type"] = "web";
            document["x_unknown"] = new JsonObject { ["a"] = 1 };
        });
        await fixture.AssertAcceptedAsync(url);
    }

    // One document serves all servers: a mere hint or an empty value does not lock its users out.
    [Theory]
    [InlineData("scope", "[\"openid\"]")]
    [InlineData("scope", "7")]
    [InlineData("scope", "null")]
    [InlineData("logo_uri", "{}")]
    [InlineData("contacts", "\"me@client.example\"")]
    [InlineData("software_version", "3")]
    [InlineData("token_endpoint_auth_method", "\"\"")]
    [InlineData("token_endpoint_auth_method", "null")]
    [InlineData("token_endpoint_auth_methods_supported", "\"none\"")]
    [InlineData("token_endpoint_auth_methods_supported", "[\"tls_client_auth\",\"none\",null]")]
    [InlineData("client_secret", "null")]
    [InlineData("client_uri", "\"\"")]
    [InlineData("jwks_uri", "\"\"")]
    [InlineData("jwks_uri", "\"http://10.0.0.1/jwks\"")]
    [InlineData("jwks", "null")]
    [InlineData("jwks", "\"none\"")]
    [InlineData("application_type", "\"toaster\"")]
    [InlineData("id_token_signed_response_alg", "\"EdDSA\"")]
    [InlineData("grant_types", "null")]
    [InlineData("response_types", "[]")]
    public async Task What_is_a_hint_or_nothing_refuses_no_document(string member, string json) =>
        await fixture.AssertAcceptedAsync(fixture.Publish(document => document[member] = JsonNode.Parse(json)));

    [Theory]
    [InlineData("http://keys.example/jwks")]
    [InlineData("https://10.0.0.1/jwks")]
    [InlineData("https://localhost/jwks")]
    [InlineData("https://metadata.google.internal/jwks")]
    [InlineData("file:///etc/passwd")]
    public async Task Keys_are_fetched_under_the_same_rules_as_documents(string keys) =>
        await AssertRefusedAsync(document => WithKeys(document, keys), "jwks_uri");

    [Fact]
    public async Task A_key_host_on_an_internal_address_is_not_connected_to()
    {
        fixture.Transport.Map("keys.inside.example", () => [System.Net.IPAddress.Parse("169.254.169.254")]);
        await AssertRefusedAsync(document => WithKeys(document, "https://keys.inside.example/jwks"), "not on the public Internet");
    }

    [Theory]
    [InlineData("{}", "jwks is required")]
    [InlineData("""{"keys":[]}""", "jwks is required")]
    [InlineData("""{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""", "public keys only")]
    [InlineData("<html>", "not JSON")]
    [InlineData("[]", "jwks is required")]
    public async Task The_jwks_uri_must_point_to_public_keys(string body, string reason)
    {
        var keys = fixture.NewUrl("keys");
        fixture.Host.Answer(keys, http => DocumentHost.WriteAsync(http, body));
        await AssertRefusedAsync(document => WithKeys(document, keys), reason);
    }

    [Fact]
    public async Task Keys_are_in_the_document_or_at_the_jwks_uri_and_never_in_both()
    {
        var keys = fixture.NewUrl("keys");
        fixture.Host.Serve(keys, JsonNode.Parse(Keys)!.AsObject(), ("Content-Type", "application/jwk-set+json"));
        await fixture.AssertAcceptedAsync(fixture.Publish(document => WithKeys(document, keys)));
        await fixture.AssertAcceptedAsync(
            fixture.Publish(document =>
            {
                document["token_endpoint_auth_method"] = "private_key_jwt";
                document["jwks"] = JsonNode.Parse(Keys);
            })
        );
        await AssertRefusedAsync(
            document =>
            {
                WithKeys(document, keys);
                document["jwks"] = JsonNode.Parse(Keys);
            },
            "must not both be present"
        );
    }

    [Fact]
    public async Task A_redirect_URI_missing_from_the_document_leads_to_an_error_page_and_never_to_a_redirect()
    {
        var url = fixture.Publish();
        var (status, _) = await fixture.AuthorizeAsync(url, "https://evil.example/cb");
        Assert.Equal(400, status);
    }

    private static void WithKeys(JsonObject document, string url) =>
        (document["token_endpoint_auth_method"], document["jwks_uri"]) = ("private_key_jwt", url);

    private Task AssertRefusedAsync(Action<JsonObject> change, string reason) =>
        fixture.AssertRefusedAsync(fixture.Publish(change), reason);
}
