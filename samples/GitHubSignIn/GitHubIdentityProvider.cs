using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Federation;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace GitHubSignIn;

/// <summary>
/// GitHub speaks OAuth 2 but not OpenID Connect: there is no id_token and no discovery, errors of the token endpoint are answers with
/// status 200, and who the person is says the API.
/// </summary>
public sealed class GitHubIdentityProvider(IOptions<GitHubOptions> options, IHttpClientFactory clients, TimeProvider clock)
    : IIdentityProvider
{
    // What ends a sign-in or a refresh token for good; anything else may be different next time.
    private const string WrongCode = "bad_verification_code";
    private const string WrongRefreshToken = "bad_refresh_token";

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken)
    {
        var verifier = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        var url = QueryHelpers.AddQueryString(
            Url(options.Value.Site, "login/oauth/authorize"),
            new Dictionary<string, string?>
            {
                ["client_id"] = options.Value.ClientId,
                ["redirect_uri"] = redirectUri.OriginalString,
                ["scope"] = options.Value.Scopes,
                ["state"] = state,
                ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
                ["code_challenge_method"] = "S256",
            }
        );
        return new(
            new IdentityProviderChallenge(
                new Uri(url),
                new JsonObject { ["verifier"] = verifier, ["redirect_uri"] = redirectUri.OriginalString }
            )
        );
    }

    public async ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken)
    {
        var code = QueryHelpers.ParseQuery(callbackUri.Query)["code"].ToString();
        var tokens = await AskForTokensAsync(
            [new("code", code), new("redirect_uri", Text(state["redirect_uri"])!), new("code_verifier", Text(state["verifier"])!)],
            WrongCode,
            "server_error",
            cancellationToken
        );
        var user = (await CallAsync("user", tokens.AccessToken, cancellationToken)).AsObject();
        // The number stays when a person takes another name.
        var id = user["id"]?.ToString() ?? throw new IdentityProviderException("GitHub did not say who the person is.");
        return new IdentityProviderLogin(
            options.Value.Site.GetLeftPart(UriPartial.Authority),
            id,
            await ClaimsAsync(user, tokens.AccessToken, cancellationToken),
            tokens
        );
    }

    // Only GitHub Apps whose tokens expire have refresh tokens; those of OAuth Apps stay valid until they are revoked.
    public async ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        await AskForTokensAsync(
            [new("grant_type", "refresh_token"), new("refresh_token", refreshToken)],
            WrongRefreshToken,
            "invalid_grant",
            cancellationToken
        );

    private async Task<IdentityProviderTokenSet> AskForTokensAsync(
        KeyValuePair<string, string>[] form,
        string definitive,
        string error,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(options.Value.Site, "login/oauth/access_token"))
        {
            Content = new FormUrlEncodedContent([
                new("client_id", options.Value.ClientId),
                new("client_secret", options.Value.ClientSecret),
                .. form,
            ]),
        };
        var answer = (await SendAsync(request, cancellationToken)).AsObject();
        if (Text(answer["error"]) is { } said)
        {
            throw new IdentityProviderException(said == definitive ? "GitHub refused." : "GitHub did not answer with tokens.")
            {
                Error = said == definitive ? error : null,
            };
        }

        return new IdentityProviderTokenSet(
            Text(answer["access_token"]) ?? throw new IdentityProviderException("GitHub did not answer with tokens.")
        )
        {
            RefreshToken = Text(answer["refresh_token"]),
            ExpiresAt = answer["expires_in"]?.GetValue<int>() is { } seconds ? clock.GetUtcNow().AddSeconds(seconds) : null,
            Scope = Text(answer["scope"]),
        };
    }

    private async Task<JsonObject> ClaimsAsync(JsonObject user, string accessToken, CancellationToken cancellationToken)
    {
        var claims = new JsonObject
        {
            ["preferred_username"] = user["login"]?.DeepClone(),
            ["name"] = (user["name"] ?? user["login"])?.DeepClone(),
            ["picture"] = user["avatar_url"]?.DeepClone(),
        };
        // The address in the profile is what the person shows to others, and need not be verified.
        if (options.Value.Scopes.Split(' ').Contains("user:email"))
        {
            var addresses = (await CallAsync("user/emails", accessToken, cancellationToken)).AsArray();
            var primary = addresses.FirstOrDefault(address => address?["primary"]?.GetValue<bool>() == true);
            claims["email"] = primary?["email"]?.DeepClone();
            claims["email_verified"] = primary?["verified"]?.DeepClone();
        }

        return claims;
    }

    private async Task<JsonNode> CallAsync(string path, string accessToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url(options.Value.Api, path))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", accessToken) },
        };
        return await SendAsync(request, cancellationToken);
    }

    private async Task<JsonNode> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Without Accept the token endpoint answers with a form, and without User-Agent the API answers 403.
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.UserAgent.ParseAdd("McpOidc-sample");
        try
        {
            using var response = await clients.CreateClient(nameof(GitHubIdentityProvider)).SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken)
                ?? throw new IdentityProviderException("GitHub answered with nothing.");
        }
        catch (Exception exception)
            when (exception is HttpRequestException or JsonException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            throw new IdentityProviderException("GitHub did not answer.", exception);
        }
    }

    private static string Url(Uri origin, string path) => $"{origin.AbsoluteUri.TrimEnd('/')}/{path}";

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
