using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Sessions;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Testing;

/// <summary>A user who signs in at a <see cref="TestAuthorizationServer"/> and grants every request.</summary>
public sealed class TestPerson
{
    private readonly TestAuthorizationServer _server;

    internal TestPerson(TestAuthorizationServer server, string name) => (_server, Name) = (server, name);

    /// <summary>The user's <c>sub</c> at the identity provider.</summary>
    public string Name { get; }

    /// <summary>The <c>sub</c> in the user's access tokens.</summary>
    public string UserId => Subject.From(TestIdentityProvider.Issuer, Name);

    /// <summary>Adds claims that the identity provider returns for the user, from the next sign-in on.</summary>
    /// <param name="claims">For instance <c>email</c> and <c>groups</c>.</param>
    /// <returns>The user.</returns>
    public TestPerson With(JsonObject claims)
    {
        ArgumentNullException.ThrowIfNull(claims);
        _server.IdentityProvider.Describe(Name, claims);
        return this;
    }

    /// <summary>Signs in with the test's own client, by the authorization code grant with PKCE, and grants the request.</summary>
    /// <param name="resource">The resource of the tokens. Default: the first of the server.</param>
    /// <param name="scopes">The scopes to request; empty requests the default.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The tokens.</returns>
    /// <exception cref="InvalidOperationException">The server rejected the request; the message contains its response.</exception>
    public async Task<TestTokens> SignInAsync(
        string? resource = null,
        IEnumerable<string>? scopes = null,
        CancellationToken cancellationToken = default
    )
    {
        var verifier = Base64Url(RandomNumberGenerator.GetBytes(32));
        var asked = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = TestAuthorizationServer.ClientId,
            ["redirect_uri"] = TestAuthorizationServer.RedirectUri,
            ["resource"] = resource ?? _server.Resources[0],
            ["scope"] = string.Join(' ', scopes ?? []),
            ["code_challenge"] = Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        var url = QueryHelpers.AddQueryString(_server.Issuer + "/authorize", asked.Where(parameter => parameter.Value is { Length: > 0 }));
        var answer = await AllowAsync(new Uri(url), new Uri(TestAuthorizationServer.RedirectUri), cancellationToken);
        return await RedeemAsync(CodeIn(answer), verifier, cancellationToken);
    }

    /// <summary>
    /// Opens any client's authorization request in a new browser, signs in and grants it: for clients that provide a URL, such as the MCP
    /// SDK's (<c>ClientOAuthOptions.AuthorizationCallbackHandler</c>).
    /// </summary>
    /// <param name="authorizationUrl">The URL of the request.</param>
    /// <param name="redirectUri">The client's redirect URI.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The response: the redirect URI with <c>code</c>, <c>state</c> and <c>iss</c>, or with <c>error</c>.</returns>
    /// <exception cref="InvalidOperationException">The server showed an error page; the message contains its text.</exception>
    public async Task<Uri> AllowAsync(Uri authorizationUrl, Uri redirectUri, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authorizationUrl);
        ArgumentNullException.ThrowIfNull(redirectUri);
        using var browser = new TestBrowser();
        var hint = new Dictionary<string, string?> { ["login_hint"] = Name };
        return await browser.AllowAsync(
            new Uri(QueryHelpers.AddQueryString(authorizationUrl.AbsoluteUri, hint)),
            redirectUri,
            cancellationToken
        );
    }

    /// <summary>Ends all of the user's grants, as an operator would: MCP servers reject the tokens within two seconds.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The number of grants.</returns>
    public Task<long> SignOutAsync(CancellationToken cancellationToken = default) =>
        _server.Grants.RevokeManyAsync(UserId, clientId: null, cancellationToken);

    private async Task<TestTokens> RedeemAsync(string code, string verifier, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent([
            new("grant_type", "authorization_code"),
            new("client_id", TestAuthorizationServer.ClientId),
            new("redirect_uri", TestAuthorizationServer.RedirectUri),
            new("code", code),
            new("code_verifier", verifier),
        ]);
        using var response = await http.PostAsync(new Uri(_server.Issuer + "/token"), form, cancellationToken);
        var body = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
        return body?["access_token"]?.GetValue<string>() is { } accessToken
            ? new TestTokens(accessToken)
            {
                RefreshToken = body["refresh_token"]?.GetValue<string>(),
                Scopes = body["scope"]?.GetValue<string>().Split(' ') ?? [],
            }
            : throw new InvalidOperationException($"The authorization server rejected the code: {body?.ToJsonString()}");
    }

    private static string CodeIn(Uri answer) =>
        QueryHelpers.ParseQuery(answer.Query).TryGetValue("code", out var code)
            ? code.ToString()
            : throw new InvalidOperationException($"The authorization server rejected the sign-in: {answer.Query}");

    private static string Base64Url(byte[] bytes) => WebEncoders.Base64UrlEncode(bytes);
}
