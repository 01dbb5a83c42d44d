using System.Collections.ObjectModel;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>Any OpenID Connect provider: authorization code with PKCE, state and nonce, verified id_token, refresh.</summary>
internal sealed partial class OidcIdentityProvider(
    IOptions<IdentityProviderOptions> options,
    ProviderChannel channel,
    ProviderMetadata metadata,
    IEnumerable<IClientAssertionSource> assertions,
    TimeProvider clock,
    ILogger<OidcIdentityProvider> logger
) : IIdentityProvider
{
    private readonly CodeFlow _flow = new(channel, options, assertions, clock);

    // Not created in the constructor, which runs before settings are validated.
    private IdentityTokenValidator Validator => field ??= new IdentityTokenValidator(metadata, options.Value, clock);

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
        ChallengeAsync(
            new IdentityProviderChallengeRequest(redirectUri, state, ReadOnlyDictionary<string, string>.Empty),
            cancellationToken
        );

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    ) => ProviderBoundary.AskAsync(() => PrepareAsync(request, cancellationToken));

    public ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync(() => CompleteAsync(callbackUri, state, cancellationToken));

    public ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync(() => RefreshAsync(refreshToken, isOfSomebodyElse: _ => false, cancellationToken));

    public ValueTask<IdentityProviderTokenSet> RefreshAsync(IdentityProviderRefreshRequest request, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync(() =>
            RefreshAsync(
                request.RefreshToken,
                claims => Differs(claims, "iss", request.Issuer) || Differs(claims, "sub", request.Subject),
                cancellationToken
            )
        );

    public ValueTask<JsonObject?> ReadClaimsAsync(IdentityProviderClaimsRequest request, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync(() => ReadAgainAsync(request, cancellationToken));

    public ValueTask<IdentityProviderLogout?> ReadLogoutTokenAsync(string logoutToken, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync<IdentityProviderLogout?>(async () =>
            await new LogoutTokenReader(metadata, clock).ReadAsync(logoutToken, options.Value.ClientId, cancellationToken)
        );

    /// <summary>The provider's sign-out URL (OpenID Connect RP-Initiated Logout 1.0 §2), or <see langword="null"/> if there is
    /// none.</summary>
    public async ValueTask<Uri?> FindSignOutAsync(string? idToken, string returnUri, string state, CancellationToken cancellationToken)
    {
        var provider = await ProviderBoundary.AskAsync(() => metadata.RecallAsync(cancellationToken).AsTask());
        if (provider.EndSessionEndpoint is not { } endpoint)
        {
            return null;
        }

        var parameters = new Dictionary<string, string?>
        {
            ["id_token_hint"] = idToken,
            ["client_id"] = options.Value.ClientId,
            ["post_logout_redirect_uri"] = returnUri,
            ["state"] = state,
        };
        return new Uri(QueryHelpers.AddQueryString(endpoint, parameters.Where(parameter => parameter.Value is not null)));
    }

    private async Task<IdentityProviderChallenge> PrepareAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    )
    {
        var provider = await metadata.GetAsync(cancellationToken);
        var nonce = options.Value.SendNonce ? OpaqueToken.CreateId() : null;
        return await _flow.PrepareAsync(provider, request, nonce, cancellationToken);
    }

    private async Task<IdentityProviderLogin> CompleteAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken)
    {
        var provider = await metadata.GetAsync(cancellationToken);
        var tokens = await _flow.RedeemAsync(provider, callbackUri, state, issuer => issuer == provider.Issuer, cancellationToken);
        var claims = await ReadClaimsAsync(tokens, state.TextOf("nonce"), cancellationToken);
        var subject = claims.IdentifierOf("sub") ?? throw ProviderBoundary.Refused("The id_token has no sub", "id_token_sub");
        await AddUserInfoAsync(provider, tokens.AccessToken, claims, subject, cancellationToken);
        return new IdentityProviderLogin(claims.TextOf("iss") ?? provider.Issuer, subject, claims, tokens);
    }

    private async Task<JsonObject> ReadClaimsAsync(IdentityProviderTokenSet tokens, string? nonce, CancellationToken cancellationToken)
    {
        if (tokens.IdToken is not { } identityToken)
        {
            throw ProviderBoundary.Refused("The identity provider sent no id_token", "id_token_missing");
        }

        var verdict = await Validator.ValidateAsync(identityToken, tokens.AccessToken, cancellationToken);
        var claims = verdict.Claims ?? throw ProviderBoundary.Refused("The id_token was rejected", verdict.Cause!);
        return (nonce is null && !options.Value.SendNonce) || (nonce is not null && claims.TextOf("nonce") == nonce)
            ? claims
            : throw ProviderBoundary.Refused("The id_token has the wrong nonce", "id_token_nonce");
    }

    /// <summary>New tokens are kept first, because the provider may have ended the old ones; the id_token is checked separately.</summary>
    private async Task<IdentityProviderTokenSet> RefreshAsync(
        string refreshToken,
        Func<JsonObject, bool> isOfSomebodyElse,
        CancellationToken cancellationToken
    )
    {
        var provider = await metadata.RecallAsync(cancellationToken);
        var tokens = await _flow.RefreshAsync(provider, refreshToken, cancellationToken);
        if (tokens.IdToken is null)
        {
            return tokens;
        }

        // Even with an invalid signature: one user's token must not be stored in another's vault.
        if (ProviderJwt.ReadPayload(tokens.IdToken) is { } claims && isOfSomebodyElse(claims))
        {
            throw new IdentityProviderException(
                "The tokens could not be refreshed: the response is about a different user, id_token_of_another."
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

    // The id_token was verified on receipt. Claims missing from it may come from userinfo; the user no longer has those missing from both.
    private async Task<JsonObject?> ReadAgainAsync(IdentityProviderClaimsRequest request, CancellationToken cancellationToken)
    {
        var provider = await metadata.RecallAsync(cancellationToken);
        var claims = request.Tokens.IdToken is { } identityToken ? ProviderJwt.ReadPayload(identityToken) : null;
        var isNeeded = claims is null || options.Value.LoadUserInfo || request.NeededClaims.Any(name => !IsSaid(claims, name));
        if (provider.UserInfoEndpoint is not { } url || !(isNeeded || LacksAskedClaim(claims!)))
        {
            return claims;
        }

        claims ??= new JsonObject { ["iss"] = request.Issuer, ["sub"] = request.Subject };
        try
        {
            var userInfo = new UserInfo(channel, Validator);
            claims.AddMissing(await userInfo.AskAsync(url, request.Tokens.AccessToken, request.Subject, cancellationToken));
        }
        catch (IdentityProviderException exception) when (!isNeeded && !exception.IsAboutAnother)
        {
            LogNoUserInfo(exception);
        }

        return claims;
    }

    private static bool IsSaid(JsonObject claims, string name) =>
        claims[name] is not null || (claims["_claim_names"] as JsonObject)?.ContainsKey(name) == true;

    private static bool Differs(JsonObject claims, string name, string expected) =>
        claims.ContainsKey(name) && claims.IdentifierOf(name) != expected;

    private async Task<bool> IsGoodAsync(IdentityProviderTokenSet tokens, CancellationToken cancellationToken)
    {
        try
        {
            var verdict = await ProviderBoundary.AskAsync(() =>
                Validator.ValidateAsync(tokens.IdToken!, tokens.AccessToken, cancellationToken)
            );
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
            claims.AddMissing(await new UserInfo(channel, Validator).AskAsync(url, accessToken, subject, cancellationToken));
        }
        // The id_token has already identified the user.
        catch (IdentityProviderException exception) when (!exception.IsAboutAnother || !options.Value.LoadUserInfo)
        {
            LogNoUserInfo(exception);
        }
    }

    // Authelia and LemonLDAP::NG put only the user's identifier into the id_token.
    private bool LacksAskedClaim(JsonObject claims)
    {
        var scopes = options.Value.Scopes.Split(' ');
        return (scopes.Contains("email") && claims["email"] is null)
            || (scopes.Contains("profile") && claims["name"] is null && claims["preferred_username"] is null);
    }

    [LoggerMessage(1409, LogLevel.Warning, "Discarded the id_token of a refresh and kept the other tokens: {Cause}. {Problem}")]
    private partial void LogDropped(IdentityProviderCause cause, string problem);

    [LoggerMessage(
        1410,
        LogLevel.Warning,
        "Discarded the id_token of a refresh, which cannot be verified at the moment, and kept the other tokens."
    )]
    private partial void LogNotJudged(Exception exception);

    [LoggerMessage(
        1411,
        LogLevel.Warning,
        "The identity provider's userinfo endpoint returned no claims; the sign-in continues without them."
    )]
    private partial void LogNoUserInfo(Exception exception);
}
