using System.Collections.ObjectModel;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Duende.IdentityModel.Client;
using Duende.IdentityModel.OidcClient;
using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Any OpenID Connect provider: authorization code with PKCE, state and nonce, verified id_token, refresh.</summary>
internal sealed partial class OidcIdentityProvider(
    IOptions<IdentityProviderOptions> options,
    ProviderChannel channel,
    ProviderMetadata metadata,
    TimeProvider clock,
    ILogger<OidcIdentityProvider> logger
) : IIdentityProvider
{
    private readonly TokenEndpoint _tokens = new(channel, options, clock);

    // Not made with this: the settings are checked later.
    private IdentityTokenValidator Validator => field ??= new IdentityTokenValidator(metadata, options.Value, clock);

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
        ChallengeAsync(
            new IdentityProviderChallengeRequest(redirectUri, state, ReadOnlyDictionary<string, string>.Empty),
            cancellationToken
        );

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    ) => AtBoundaryAsync(() => PrepareAsync(request, cancellationToken));

    public ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken) =>
        AtBoundaryAsync(() => CompleteAsync(callbackUri, state, cancellationToken));

    public ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        AtBoundaryAsync(() => RefreshAsync(refreshToken, isOfSomebodyElse: _ => false, cancellationToken));

    public ValueTask<IdentityProviderTokenSet> RefreshAsync(IdentityProviderRefreshRequest request, CancellationToken cancellationToken) =>
        AtBoundaryAsync(() =>
            RefreshAsync(
                request.RefreshToken,
                claims => Differs(claims, "iss", request.Issuer) || Differs(claims, "sub", request.Subject),
                cancellationToken
            )
        );

    public ValueTask<IdentityProviderLogout?> ReadLogoutTokenAsync(string logoutToken, CancellationToken cancellationToken) =>
        AtBoundaryAsync(() => new LogoutTokenReader(metadata, clock).ReadAsync(logoutToken, options.Value.ClientId, cancellationToken));

    // Whatever a provider can cause by what it sends is its failure, and no fault of ours: a library that throws at it included.
    private static async ValueTask<TResult> AtBoundaryAsync<TResult>(Func<Task<TResult>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception)
            when (exception
                    is ArgumentException
                        or FormatException
                        or InvalidOperationException
                        or OverflowException
                        or System.Text.Json.JsonException
                        or CryptographicException
                        or SecurityTokenException
            )
        {
            throw new IdentityProviderException("The identity provider's answer cannot be read: unreadable.", exception)
            {
                Error = "server_error",
                Failure = IdentityProviderFailure.Away,
                Cause = new IdentityProviderCause("unreadable"),
                MayHaveAnswered = true,
            };
        }
    }

    private async Task<IdentityProviderChallenge> PrepareAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    )
    {
        var provider = await metadata.GetAsync(cancellationToken);
        var nonce = options.Value.SendNonce ? OpaqueToken.CreateId() : null;
        var client = new OidcClient(
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
                // The state is ours, and a pushed request could not be given it afterwards.
                DisablePushedAuthorization = true,
                RefreshDiscoveryDocumentForLogin = false,
                // At Debug the library logs the PKCE verifier.
                LoggerFactory = NullLoggerFactory.Instance,
            }
        );
        var parameters = new Parameters([.. Merge(request.Parameters, options.Value.AdditionalParameters), .. ResourceParameter]);
        parameters.AddOptional("nonce", nonce);
        parameters.AddOptional("response_mode", options.Value.ResponseMode == IdentityProviderResponseMode.FormPost ? "form_post" : null);
        var prepared = await client.PrepareLoginAsync(parameters, cancellationToken);
        return new IdentityProviderChallenge(
            WithState(prepared, request.State),
            new JsonObject
            {
                ["verifier"] = prepared.CodeVerifier,
                ["nonce"] = nonce,
                ["redirect_uri"] = request.RedirectUri.OriginalString,
                ["state"] = request.State,
            }
        );
    }

    private static Uri WithState(AuthorizeState prepared, string state)
    {
        var start = new Uri(prepared.StartUrl, UriKind.Absolute);
        var query = QueryHelpers.ParseQuery(start.Query);
        query["state"] = state;
        return new Uri(QueryHelpers.AddQueryString(start.GetLeftPart(UriPartial.Path), query));
    }

    private async Task<IdentityProviderLogin> CompleteAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken)
    {
        var provider = await metadata.GetAsync(cancellationToken);
        var query = QueryHelpers.ParseQuery(callbackUri.Query);
        // RFC 9207 §2.4: a response of another provider is not for us.
        if (query.TryGetValue("iss", out var issuer) && issuer != provider.Issuer)
        {
            throw Refused("The callback names another issuer", "callback_issuer");
        }

        if (query["code"] is not [{ Length: > 0 } code])
        {
            throw Refused("The callback has not one code", "callback_code");
        }

        var tokens = await _tokens.AskAsync(
            provider,
            [
                new("grant_type", "authorization_code"),
                new("code", code),
                new("redirect_uri", state.TextOf("redirect_uri")!),
                new("code_verifier", state.TextOf("verifier")!),
                .. ResourceParameter,
            ],
            "The sign-in could not be completed",
            cancellationToken
        );
        var claims = await ReadClaimsAsync(tokens, state.TextOf("nonce"), cancellationToken);
        var subject = claims.IdentifierOf("sub") ?? throw Refused("The id_token has no sub", "id_token_sub");
        await AddUserInfoAsync(provider, tokens.AccessToken, claims, subject, cancellationToken);
        return new IdentityProviderLogin(
            claims.TextOf("iss") ?? provider.Issuer,
            subject,
            claims,
            // Who says nothing of scopes granted all that were asked for (RFC 6749 §5.1).
            (tokens.RefreshToken is null ? tokens : WithExpiry(tokens)) with
            {
                Scope = tokens.Scope ?? options.Value.Scopes,
            }
        );
    }

    private async Task<JsonObject> ReadClaimsAsync(IdentityProviderTokenSet tokens, string? nonce, CancellationToken cancellationToken)
    {
        if (tokens.IdToken is not { } identityToken)
        {
            throw Refused("The identity provider sent no id_token", "id_token_missing");
        }

        var verdict = await Validator.ValidateAsync(identityToken, tokens.AccessToken, cancellationToken);
        var claims = verdict.Claims ?? throw Refused("The id_token is refused", verdict.Cause!);
        return (nonce is null && !options.Value.SendNonce) || (nonce is not null && claims.TextOf("nonce") == nonce)
            ? claims
            : throw Refused("The id_token was issued for another sign-in: its nonce differs", "id_token_nonce");
    }

    /// <summary>New tokens are kept first, since the provider may have ended the old ones; the id_token is judged apart.</summary>
    private async Task<IdentityProviderTokenSet> RefreshAsync(
        string refreshToken,
        Func<JsonObject, bool> isOfSomebodyElse,
        CancellationToken cancellationToken
    )
    {
        var provider = await metadata.RecallAsync(cancellationToken);
        var tokens = WithExpiry(
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
        if (tokens.IdToken is null)
        {
            return tokens;
        }

        // Also under a bad signature: one person's token must not come to lie in another's vault.
        if (ProviderJwt.ReadPayload(tokens.IdToken) is { } claims && isOfSomebodyElse(claims))
        {
            throw new IdentityProviderException(
                "The tokens could not be refreshed: the answer is about somebody else, id_token_of_another."
            )
            {
                Error = "server_error",
                Failure = IdentityProviderFailure.Ended,
                Cause = new IdentityProviderCause("id_token_of_another"),
                IsAboutAnother = true,
            };
        }

        return tokens with
        {
            IdToken = await IsGoodAsync(tokens, cancellationToken) ? tokens.IdToken : null,
        };
    }

    private static bool Differs(JsonObject claims, string name, string expected) =>
        claims.ContainsKey(name) && claims.IdentifierOf(name) != expected;

    private async Task<bool> IsGoodAsync(IdentityProviderTokenSet tokens, CancellationToken cancellationToken)
    {
        try
        {
            var verdict = await AtBoundaryAsync(() => Validator.ValidateAsync(tokens.IdToken!, tokens.AccessToken, cancellationToken));
            if (verdict.Problem is { } problem)
            {
                LogDropped(verdict.Cause!, problem);
            }

            return verdict.Problem is null;
        }
        catch (IdentityProviderException exception)
        {
            LogNotJudged(exception);
            return false;
        }
    }

    private KeyValuePair<string, string>[] ResourceParameter =>
        options.Value.Resource is { Length: > 0 } resource ? [new("resource", resource)] : [];

    private IdentityProviderTokenSet WithExpiry(IdentityProviderTokenSet tokens) =>
        tokens with
        {
            ExpiresAt = tokens.ExpiresAt ?? clock.GetUtcNow() + TokenEndpoint.AssumedLifetime,
        };

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

    private async Task AddUserInfoAsync(
        ProviderDocument provider,
        string accessToken,
        JsonObject claims,
        string subject,
        CancellationToken cancellationToken
    )
    {
        if (!(options.Value.LoadUserInfo || LacksAskedClaim(claims)) || provider.UserInfoEndpoint is not { } url)
        {
            return;
        }

        try
        {
            foreach (var (name, value) in await new UserInfo(channel, Validator).AskAsync(url, accessToken, subject, cancellationToken))
            {
                claims.TryAdd(name, value?.DeepClone());
            }
        }
        // Who the person is, the id_token has said.
        catch (IdentityProviderException exception) when (!exception.IsAboutAnother || !options.Value.LoadUserInfo)
        {
            LogNoUserInfo(exception);
        }
    }

    // Authelia and LemonLDAP::NG put nothing into the id_token but who somebody is.
    private bool LacksAskedClaim(JsonObject claims)
    {
        var scopes = options.Value.Scopes.Split(' ');
        return (scopes.Contains("email") && !claims.ContainsKey("email"))
            || (scopes.Contains("profile") && !claims.ContainsKey("name") && !claims.ContainsKey("preferred_username"));
    }

    private static IdentityProviderException Refused(string what, string cause) => Refused(what, new IdentityProviderCause(cause));

    private static IdentityProviderException Refused(string what, IdentityProviderCause cause) =>
        new($"{what}: {cause}.")
        {
            Error = "server_error",
            Failure = ProviderAdvice.IsLasting(cause) ? IdentityProviderFailure.Misconfigured : IdentityProviderFailure.Away,
            Cause = cause,
        };

    [LoggerMessage(1409, LogLevel.Warning, "The id_token of a refresh was dropped, and the other tokens were kept: {Cause}. {Problem}")]
    private partial void LogDropped(IdentityProviderCause cause, string problem);

    [LoggerMessage(
        1410,
        LogLevel.Warning,
        "The id_token of a refresh could not be verified now and was dropped; the other tokens were kept."
    )]
    private partial void LogNotJudged(Exception exception);

    [LoggerMessage(1411, LogLevel.Warning, "The userinfo endpoint of the identity provider gave no claims; the sign-in goes on without.")]
    private partial void LogNoUserInfo(Exception exception);
}
