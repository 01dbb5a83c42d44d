using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Hosting;

/// <summary>A public MCP client, protocol step by protocol step.</summary>
public sealed class OAuthClient(string issuer, string resource, WireTap? tap = null) : IDisposable
{
    public const string DefaultRedirectUri = "http://127.0.0.1:7777/callback";

    private readonly HttpClient _http = new(
        WireTap.Around(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                SslOptions = Loopback.OwnCertificates,
            },
            tap
        )
    )
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    public string Issuer { get; } = issuer;

    public string Resource { get; } = resource;

    public string ClientId { get; set; } = "";

    public string? ClientSecret { get; set; }

    /// <summary>The key that the client authenticates with (<c>private_key_jwt</c>), in place of a secret.</summary>
    public ClientKey? Key { get; set; }

    /// <summary>Creates the DPoP proof for a POST to a URL.</summary>
    public Func<string, string?>? Proof { get; set; }

    /// <summary>Sends id and secret in the Authorization header (<c>client_secret_basic</c>), in place of the form.</summary>
    public bool UsesBasic { get; set; }

    public string RedirectUri { get; set; } = DefaultRedirectUri;

    public string Verifier { get; } = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    public string Challenge => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public HttpClient Http => _http;

    public static JsonObject Metadata(params string[] redirectUris) =>
        new()
        {
            ["client_name"] = "Test client",
            ["redirect_uris"] = new JsonArray([.. redirectUris.Select(uri => (JsonNode)uri)]),
            ["token_endpoint_auth_method"] = "none",
            ["grant_types"] = new JsonArray("authorization_code", "refresh_token"),
        };

    /// <summary>Metadata that does not fit into a client id, so that the registration is stored.</summary>
    public static JsonObject StoredMetadata(params string[] redirectUris)
    {
        var metadata = Metadata(redirectUris);
        metadata["contacts"] = new JsonArray($"{new string('x', 300)}@app.example");
        return metadata;
    }

    public async Task<JsonObject> RegisterAsync(JsonObject? metadata = null)
    {
        using var response = await _http.PostAsJsonAsync($"{Issuer}/register", metadata ?? Metadata(RedirectUri));
        var body = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(body.ToJsonString());
        }

        ClientId = body["client_id"]!.GetValue<string>();
        ClientSecret = body["client_secret"]?.GetValue<string>();
        return body;
    }

    /// <summary>The URL of an authorization request. A change with a null value removes the parameter.</summary>
    public string AuthorizeUrl(params (string Name, string? Value)[] changes)
    {
        var parameters = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = ClientId,
            ["redirect_uri"] = RedirectUri,
            ["scope"] = "openid email profile",
            ["state"] = "state-1",
            ["code_challenge"] = Challenge,
            ["code_challenge_method"] = "S256",
            ["resource"] = Resource,
        };
        foreach (var (name, value) in changes)
        {
            parameters[name] = value;
        }

        return QueryHelpers.AddQueryString($"{Issuer}/authorize", parameters.Where(parameter => parameter.Value is not null));
    }

    public bool IsRedirectUri(Uri uri) => uri.AbsoluteUri.StartsWith(RedirectUri, StringComparison.Ordinal);

    public Task<BrowserResult> AuthorizeAsync(Browser browser, params (string Name, string? Value)[] changes) =>
        browser.OpenAsync(AuthorizeUrl(changes), IsRedirectUri);

    public async Task<string> GetCodeAsync(Browser browser, params (string Name, string? Value)[] changes)
    {
        var result = await AuthorizeAsync(browser, changes);
        return result.Query("code")
            ?? throw new InvalidOperationException($"No code: {result.Status} {result.Uri} {result.Html?.ReplaceLineEndings(" ")}");
    }

    public Task<TokenAnswer> RedeemAsync(string code, params (string Name, string? Value)[] changes) =>
        TokenAsync([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", RedirectUri),
            ("code_verifier", Verifier),
            ("resource", Resource),
            .. changes,
        ]);

    public Task<TokenAnswer> RefreshAsync(string refreshToken, params (string Name, string? Value)[] changes) =>
        TokenAsync([("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("resource", Resource), .. changes]);

    /// <summary>Refreshes at one of several instances.</summary>
    public Task<TokenAnswer> RefreshAsync(string refreshToken, string origin) =>
        PostAsync(origin + "/token", [("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("resource", Resource)]);

    public Task<TokenAnswer> TokenAsync((string Name, string? Value)[] parameters) => PostAsync("/token", parameters);

    /// <summary>Posts a form as this client, with its id and, if it has one, its secret.</summary>
    public async Task<TokenAnswer> PostAsync(string path, (string Name, string? Value)[] parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path.StartsWith('/') ? Issuer + path : path);
        var form = UsesBasic ? [] : new Dictionary<string, string?> { ["client_id"] = ClientId, ["client_secret"] = ClientSecret };
        request.Headers.Authorization = UsesBasic ? Basic(ClientId, ClientSecret!) : null;
        if (Key is not null)
        {
            form["client_assertion_type"] = ClientKey.AssertionType;
            form["client_assertion"] = Key.Assert(ClientId, Issuer);
        }

        if (Proof?.Invoke(Issuer + path) is { } proof)
        {
            request.Headers.Add("DPoP", proof);
        }

        foreach (var (name, value) in parameters)
        {
            form[name] = value;
        }

        request.Content = new FormUrlEncodedContent(
            form.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value!))
        );
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new TokenAnswer((int)response.StatusCode, text.Length > 0 ? JsonNode.Parse(text) as JsonObject ?? [] : [], response.Headers);
    }

    /// <summary>Id and secret, each form-encoded first (RFC 6749 §2.3.1).</summary>
    public static AuthenticationHeaderValue Basic(string id, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{WebUtility.UrlEncode(id)}:{WebUtility.UrlEncode(secret)}")));

    /// <summary>Registers, signs in and redeems the code.</summary>
    public async Task<TokenAnswer> SignInAsync(Browser browser)
    {
        if (ClientId.Length == 0)
        {
            await RegisterAsync();
        }

        return await RedeemAsync(await GetCodeAsync(browser));
    }

    /// <summary>Calls a protected endpoint.</summary>
    public async Task<HttpResponseMessage> CallAsync(string url, string? accessToken, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, url);
        request.Headers.Authorization = accessToken is null ? null : new AuthenticationHeaderValue("Bearer", accessToken);
        return await _http.SendAsync(request);
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>The response of the token endpoint, or of a similar one.</summary>
public sealed record TokenAnswer(int Status, JsonObject Body, HttpResponseHeaders Headers)
{
    public string AccessToken => this["access_token"] ?? throw new InvalidOperationException(Body.ToJsonString());

    public string RefreshToken => this["refresh_token"] ?? throw new InvalidOperationException(Body.ToJsonString());

    public string? Error => this["error"];

    public string? this[string member] => Body[member]?.ToString();
}
