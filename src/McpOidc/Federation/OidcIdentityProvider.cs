using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Duende.IdentityModel.Client;
using Duende.IdentityModel.OidcClient;
using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;

namespace McpOidc.Federation;

/// <summary>Any OpenID Connect provider: authorization code with PKCE, state and nonce, verified id_token, refresh.</summary>
internal sealed class OidcIdentityProvider(
    IOptions<IdentityProviderOptions> options,
    ProviderMetadata metadata,
    IHttpClientFactory clients,
    TimeProvider clock
) : IIdentityProvider
{
    public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
        ChallengeAsync(
            new IdentityProviderChallengeRequest(redirectUri, state, ReadOnlyDictionary<string, string>.Empty),
            cancellationToken
        );

    public async ValueTask<IdentityProviderChallenge> ChallengeAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    )
    {
        var (redirectUri, state) = (request.RedirectUri, request.State);
        var client = await CreateClientAsync(redirectUri.OriginalString, cancellationToken);
        var nonce = OpaqueToken.CreateId();
        var parameters = new Parameters(Merge(request.Parameters, options.Value.AdditionalParameters)) { { "nonce", nonce } };
        var prepared = await client.PrepareLoginAsync(parameters, cancellationToken);
        var remembered = new JsonObject
        {
            ["verifier"] = prepared.CodeVerifier,
            ["nonce"] = nonce,
            ["redirect_uri"] = redirectUri.OriginalString,
            ["state"] = state,
        };
        return new IdentityProviderChallenge(WithState(prepared, state), remembered);
    }

    public async ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken)
    {
        var provider = await metadata.GetAsync(cancellationToken);
        var query = QueryHelpers.ParseQuery(callbackUri.Query);
        // RFC 9207 §2.4: a response of another provider is not for us.
        if (query.TryGetValue("iss", out var issuer) && issuer != provider.IssuerName)
        {
            throw new IdentityProviderException("The callback names another issuer.") { Error = "server_error" };
        }

        var redirectUri = state["redirect_uri"]!.GetValue<string>();
        var client = await CreateClientAsync(redirectUri, cancellationToken);
        var begun = new AuthorizeState
        {
            State = state["state"]!.GetValue<string>(),
            CodeVerifier = state["verifier"]!.GetValue<string>(),
            RedirectUri = redirectUri,
        };
        var result = await WithinTimeAsync(
            client.ProcessResponseAsync(callbackUri.Query, begun, cancellationToken: cancellationToken),
            cancellationToken
        );
        if (result.IsError)
        {
            throw new IdentityProviderException(Describe("The sign-in could not be completed", result.Error)) { Error = "server_error" };
        }

        return await ToLoginAsync(client, result, state["nonce"]!.GetValue<string>(), provider.IssuerName, cancellationToken);
    }

    public async ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken)
    {
        var client = await CreateClientAsync(redirectUri: null, cancellationToken);
        var result = await WithinTimeAsync(client.RefreshTokenAsync(refreshToken, cancellationToken: cancellationToken), cancellationToken);
        if (result.IsError)
        {
            // OAuth knows one answer that ends a refresh token for good (RFC 6749 §5.2). Everything else may be different next time.
            throw new IdentityProviderException(Describe("The tokens could not be refreshed", result.Error))
            {
                Error = result.Error == "invalid_grant" ? result.Error : null,
            };
        }

        return new IdentityProviderTokenSet(result.AccessToken)
        {
            IdToken = result.IdentityToken,
            RefreshToken = result.RefreshToken,
            ExpiresAt = ExpiryOf(result.ExpiresIn),
        };
    }

    public async ValueTask<IdentityProviderLogout?> ReadLogoutTokenAsync(string logoutToken, CancellationToken cancellationToken) =>
        await new LogoutTokenReader(metadata, clock).ReadAsync(logoutToken, options.Value.ClientId, cancellationToken);

    private ClientCredentialStyle CredentialStyle =>
        options.Value.ClientAuthentication == IdentityProviderClientAuthentication.Basic
            ? ClientCredentialStyle.AuthorizationHeader
            : ClientCredentialStyle.PostBody;

    private async ValueTask<OidcClient> CreateClientAsync(string? redirectUri, CancellationToken cancellationToken) =>
        new(
            new OidcClientOptions
            {
                Authority = options.Value.Issuer,
                ProviderInformation = await metadata.GetAsync(cancellationToken),
                RefreshDiscoveryDocumentForLogin = false,
                ClientId = options.Value.ClientId,
                ClientSecret = options.Value.ClientSecret,
                TokenClientCredentialStyle = CredentialStyle,
                Scope = options.Value.Scopes,
                RedirectUri = redirectUri,
                FilterClaims = false,
                // Asked by us where the settings say so: the library would fail at a provider that has no such endpoint.
                LoadProfile = false,
                // The state is ours, and a pushed request could not be given it afterwards.
                DisablePushedAuthorization = true,
                IdentityTokenValidator = new IdentityTokenValidator(metadata, options.Value, clock),
                HttpClientFactory = _ => clients.CreateClient(ProviderMetadata.HttpClientName),
                // At Debug the library logs the PKCE verifier and the callback with its code.
                LoggerFactory = NullLoggerFactory.Instance,
                Policy = { RequireIdentityTokenSignature = true, Discovery = { RequireHttps = false } },
            }
        );

    // OidcClient turns every failure of a request into a result, except that it took too long.
    private static async Task<TResult> WithinTimeAsync<TResult>(Task<TResult> request, CancellationToken cancellationToken)
    {
        try
        {
            return await request;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IdentityProviderException("The identity provider did not answer in time.", exception);
        }
    }

    // The operator's own parameters come before the client's; prompt is a list of words, and there is room for those of both.
    private static IEnumerable<KeyValuePair<string, string>> Merge(
        IReadOnlyDictionary<string, string> sent,
        IDictionary<string, string> own
    ) =>
        sent.Where(parameter => !own.ContainsKey(parameter.Key))
            .Concat(
                own.Select(parameter =>
                    parameter.Key == "prompt" && sent.TryGetValue("prompt", out var asked)
                        ? new(parameter.Key, string.Join(' ', asked.Split(' ').Union(parameter.Value.Split(' '))))
                        : parameter
                )
            );

    private static Uri WithState(AuthorizeState prepared, string state)
    {
        var start = new Uri(prepared.StartUrl, UriKind.Absolute);
        var query = QueryHelpers.ParseQuery(start.Query);
        query["state"] = state;
        return new Uri(QueryHelpers.AddQueryString(start.GetLeftPart(UriPartial.Path), query));
    }

    private async Task<IdentityProviderLogin> ToLoginAsync(
        OidcClient client,
        LoginResult result,
        string nonce,
        string issuer,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrEmpty(result.IdentityToken))
        {
            throw new IdentityProviderException("The identity provider sent no id_token.") { Error = "server_error" };
        }

        var claims = new JsonWebToken(result.IdentityToken).GetPayload();
        if (Text(claims["nonce"]) != nonce)
        {
            throw new IdentityProviderException("The id_token was issued for another sign-in: its nonce differs.")
            {
                Error = "server_error",
            };
        }

        if (Text(claims["sub"]) is not { Length: > 0 } subject)
        {
            throw new IdentityProviderException("The id_token has no sub.") { Error = "server_error" };
        }

        if (options.Value.LoadUserInfo)
        {
            await AddUserInfoAsync(client, result.AccessToken, claims, cancellationToken);
        }

        return new IdentityProviderLogin(
            Text(claims["iss"]) ?? issuer,
            subject,
            claims,
            new IdentityProviderTokenSet(result.AccessToken)
            {
                IdToken = result.IdentityToken,
                RefreshToken = result.RefreshToken,
                ExpiresAt = ExpiryOf(result.TokenResponse.ExpiresIn),
                TokenType = result.TokenResponse.TokenType ?? "Bearer",
                // Whoever says nothing of them gave all that were asked for (RFC 6749 §5.1).
                Scope = result.TokenResponse.Scope is { Length: > 0 } granted ? granted : options.Value.Scopes,
            }
        );
    }

    private static async Task AddUserInfoAsync(
        OidcClient client,
        string accessToken,
        JsonObject claims,
        CancellationToken cancellationToken
    )
    {
        using var request = new UserInfoRequest { Address = client.Options.ProviderInformation.UserInfoEndpoint, Token = accessToken };
        using var http = client.Options.HttpClientFactory(client.Options);
        var response = await http.GetUserInfoAsync(request, cancellationToken);
        if (
            response.IsError
            || response.Json is not { ValueKind: JsonValueKind.Object } json
            || response.TryGet("sub") != Text(claims["sub"])
        )
        {
            throw new IdentityProviderException(Describe("The userinfo endpoint gave no usable answer", response.Error))
            {
                Error = "server_error",
            };
        }

        foreach (var claim in json.EnumerateObject().Where(claim => !claims.ContainsKey(claim.Name)))
        {
            claims[claim.Name] = JsonNode.Parse(claim.Value.GetRawText());
        }
    }

    private static string? Text(JsonNode? claim) => claim is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private DateTimeOffset? ExpiryOf(int expiresIn) => expiresIn > 0 ? clock.GetUtcNow().AddSeconds(expiresIn) : null;

    // A provider's text can repeat what we sent; only a short code is fit for a log.
    private static string Describe(string what, string? error) => $"{what}: {(IsFitForLog(error) ? error : "no usable error code")}.";

    private static bool IsFitForLog(string? error) =>
        error is { Length: <= 64 } && error.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ' ' or ':');
}
