using System.Text.Json.Nodes;
using Duende.IdentityModel.Client;
using Duende.IdentityModel.OidcClient;
using McpOidc.Configuration;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>The OAuth 2.0 part of OpenID Connect: the authorization request with PKCE and state, the callback, the token
/// requests.</summary>
internal sealed class CodeFlow(
    ProviderChannel channel,
    IOptions<IdentityProviderOptions> options,
    IEnumerable<IClientAssertionSource> assertions,
    TimeProvider clock
)
{
    private readonly TokenEndpoint _tokens = new(channel, options, assertions, clock);

    /// <summary>The URL for the browser.</summary>
    public async Task<IdentityProviderChallenge> PrepareAsync(
        ProviderDocument provider,
        IdentityProviderChallengeRequest request,
        string? nonce,
        CancellationToken cancellationToken
    )
    {
        var prepared = await ClientOf(provider, request).PrepareLoginAsync(ParametersOf(request, nonce), cancellationToken);
        var url = Complete(prepared, request.State);
        return new IdentityProviderChallenge(
            options.Value.PushAuthorizationRequests ?? provider.RequiresPushedRequests
                ? await PushAsync(provider, url, cancellationToken)
                : url,
            new JsonObject
            {
                ["verifier"] = prepared.CodeVerifier,
                ["nonce"] = nonce,
                ["redirect_uri"] = request.RedirectUri.OriginalString,
                ["state"] = request.State,
            }
        );
    }

    /// <summary>Redeems the code of a callback for tokens; they have an expiry if there is a refresh token.</summary>
    /// <param name="provider">The provider of the callback.</param>
    /// <param name="callbackUri">The callback with its query.</param>
    /// <param name="state">The state that <see cref="PrepareAsync"/> returned.</param>
    /// <param name="isIssuer">Whether an <c>iss</c> is the provider's.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<IdentityProviderTokenSet> RedeemAsync(
        ProviderDocument provider,
        Uri callbackUri,
        JsonObject state,
        Func<string, bool> isIssuer,
        CancellationToken cancellationToken
    )
    {
        var query = QueryHelpers.ParseQuery(callbackUri.Query);
        // RFC 9207 §2.4: reject a response of another provider.
        if (query.TryGetValue("iss", out var issuer) ? !isIssuer(issuer.ToString()) : provider.NamesItself)
        {
            throw ProviderBoundary.Refused(
                "The callback names another issuer, or none although its metadata announce one",
                "callback_issuer"
            );
        }

        if (query["code"] is not [{ Length: > 0 } code])
        {
            throw ProviderBoundary.Refused("The callback does not have exactly one code", "callback_code");
        }

        var tokens = await _tokens.AskAsync(
            provider,
            [
                new("grant_type", "authorization_code"),
                new("code", code),
                new("redirect_uri", state.TextOf("redirect_uri")!),
                .. options.Value.UsePkce
                    ? [new KeyValuePair<string, string>("code_verifier", state.TextOf("verifier")!)]
                    : Array.Empty<KeyValuePair<string, string>>(),
                .. ResourceParameter,
            ],
            "The sign-in could not be completed",
            cancellationToken
        );
        return (tokens.RefreshToken is null ? tokens : WithExpiry(tokens)) with
        {
            // If the response names no scope, all requested ones were granted (RFC 6749 §5.1).
            Scope = tokens.Scope ?? options.Value.Scopes,
        };
    }

    public async Task<IdentityProviderTokenSet> RefreshAsync(
        ProviderDocument provider,
        string refreshToken,
        CancellationToken cancellationToken
    ) =>
        WithExpiry(
            await _tokens.AskAsync(
                provider,
                [
                    new("grant_type", "refresh_token"),
                    new("refresh_token", refreshToken),
                    .. ResourceParameter,
                    .. options.Value.SendScopesAtRefresh == true
                        ? [new KeyValuePair<string, string>("scope", options.Value.Scopes)]
                        : Array.Empty<KeyValuePair<string, string>>(),
                ],
                "The tokens could not be refreshed",
                cancellationToken
            )
        );

    // The library also pushes requests, but with its own state, and only with a secret.
    private async Task<Uri> PushAsync(ProviderDocument provider, Uri url, CancellationToken cancellationToken)
    {
        var parameters = QueryHelpers
            .ParseQuery(url.Query)
            .Where(parameter => parameter.Key != "client_id")
            .Select(parameter => KeyValuePair.Create(parameter.Key, parameter.Value.ToString()));
        var reference = await _tokens.PushAsync(provider, [.. parameters], cancellationToken);
        return new Uri(
            QueryHelpers.AddQueryString(
                provider.AuthorizationEndpoint,
                new Dictionary<string, string?> { ["client_id"] = options.Value.ClientId, ["request_uri"] = reference }
            )
        );
    }

    private OidcClient ClientOf(ProviderDocument provider, IdentityProviderChallengeRequest request) =>
        new(
            new OidcClientOptions
            {
                Authority = options.Value.Issuer,
                ProviderInformation = new ProviderInformation
                {
                    IssuerName = provider.Issuer,
                    AuthorizeEndpoint = provider.AuthorizationEndpoint,
                    TokenEndpoint = provider.TokenEndpoint,
                    KeySet = new Duende.IdentityModel.Jwk.JsonWebKeySet(),
                },
                ClientId = options.Value.ClientId,
                Scope = options.Value.Scopes,
                RedirectUri = request.RedirectUri.OriginalString,
                DisablePushedAuthorization = true,
                RefreshDiscoveryDocumentForLogin = false,
                // At Debug the library logs the PKCE verifier.
                LoggerFactory = NullLoggerFactory.Instance,
            }
        );

    private Parameters ParametersOf(IdentityProviderChallengeRequest request, string? nonce)
    {
        var parameters = new Parameters([.. Merge(request.Parameters, options.Value.AdditionalParameters), .. ResourceParameter]);
        parameters.AddOptional("nonce", nonce);
        parameters.AddOptional("response_mode", options.Value.ResponseMode == IdentityProviderResponseMode.FormPost ? "form_post" : null);
        return parameters;
    }

    private Uri Complete(AuthorizeState prepared, string state)
    {
        var start = new Uri(prepared.StartUrl, UriKind.Absolute);
        var query = QueryHelpers.ParseQuery(start.Query);
        query["state"] = state;
        if (!options.Value.UsePkce)
        {
            query.Remove("code_challenge");
            query.Remove("code_challenge_method");
        }

        // Slack has a separate parameter for user scopes.
        if (options.Value.OAuth.ScopeParameter is { Length: > 0 } name && query.Remove("scope", out var scopes))
        {
            query[name] = scopes;
        }

        return new Uri(QueryHelpers.AddQueryString(start.GetLeftPart(UriPartial.Path), query));
    }

    private KeyValuePair<string, string>[] ResourceParameter =>
        options.Value.Resource is { Length: > 0 } resource ? [new("resource", resource)] : [];

    private IdentityProviderTokenSet WithExpiry(IdentityProviderTokenSet tokens) =>
        tokens with
        {
            ExpiresAt = tokens.ExpiresAt ?? clock.GetUtcNow() + TokenEndpoint.AssumedLifetime,
        };

    // The operator's parameters precede the client's; prompt is a list of words that combines both.
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
}
