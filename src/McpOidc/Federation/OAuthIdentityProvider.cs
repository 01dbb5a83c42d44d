using System.Collections.ObjectModel;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>
/// A provider with plain OAuth 2.0, by settings: GitHub, Discord, Slack. Its user endpoint identifies the user, over a connection that we
/// opened and for a token that it has just issued; PKCE and state bind that to the sign-in.
/// </summary>
internal sealed partial class OAuthIdentityProvider(
    IOptions<IdentityProviderOptions> options,
    ProviderChannel channel,
    IEnumerable<IClientAssertionSource> assertions,
    TimeProvider clock,
    ILogger<OAuthIdentityProvider> logger
) : IIdentityProvider
{
    private readonly CodeFlow _flow = new(channel, options, assertions, clock);

    // Not created in the constructor, which runs before settings are validated.
    private UserEndpoint Users => field ??= new UserEndpoint(channel, options.Value);

    private ProviderDocument Document => field ??= ProviderDocument.FromSettings(options.Value);

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync(() =>
            _flow.PrepareAsync(
                Document,
                new IdentityProviderChallengeRequest(redirectUri, state, ReadOnlyDictionary<string, string>.Empty),
                nonce: null,
                cancellationToken
            )
        );

    // prompt and max_age belong to OpenID Connect, and this provider could not confirm them.
    public ValueTask<IdentityProviderChallenge> ChallengeAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    ) =>
        ProviderBoundary.AskAsync(() =>
            _flow.PrepareAsync(
                Document,
                request with
                {
                    Parameters = request.Parameters.Where(sent => sent.Key is not ("prompt" or "max_age")).ToDictionary(),
                },
                nonce: null,
                cancellationToken
            )
        );

    public ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync(() => CompleteAsync(callbackUri, state, cancellationToken));

    public ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        ProviderBoundary.AskAsync(async () => WithSpaces(await _flow.RefreshAsync(Document, refreshToken, cancellationToken)));

    public async ValueTask<JsonObject?> ReadClaimsAsync(IdentityProviderClaimsRequest request, CancellationToken cancellationToken)
    {
        var (claims, problem) = await ProviderBoundary.AskAsync(() => Users.AskAllAsync(request.Tokens.AccessToken, cancellationToken));
        ThrowIfAboutAnother(claims, request.Subject);
        // A rule may depend on the second endpoint: without its claims, a user would seem to have no e-mail address.
        return problem is null ? claims : throw problem;
    }

    /// <summary>Checks whether an access token is still valid, if there is no refresh token.</summary>
    /// <exception cref="IdentityProviderException">It is invalid, or the provider gives no result.</exception>
    public async ValueTask ConfirmAsync(string accessToken, string subject, CancellationToken cancellationToken)
    {
        var claims = await ProviderBoundary.AskAsync(() => Users.AskAsync(accessToken, cancellationToken));
        ThrowIfAboutAnother(claims, subject);
    }

    private static void ThrowIfAboutAnother(JsonObject claims, string subject)
    {
        if (claims.IdentifierOf("sub") != subject)
        {
            throw new IdentityProviderException("The user endpoint returned a different user: user_of_another.")
            {
                Error = "server_error",
                Failure = IdentityProviderFailure.Ended,
                Cause = new IdentityProviderCause("user_of_another"),
                IsAboutAnother = true,
            };
        }
    }

    private async Task<IdentityProviderLogin> CompleteAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken)
    {
        var tokens = await _flow.RedeemAsync(Document, callbackUri, state, IsIssuer, cancellationToken);
        try
        {
            var (claims, problem) = await Users.AskAllAsync(tokens.AccessToken, cancellationToken);
            if (problem is not null)
            {
                LogNoEmail(problem);
            }

            return new IdentityProviderLogin(options.Value.Issuer, claims.IdentifierOf("sub")!, claims, WithSpaces(tokens));
        }
        // A token that was just issued has not expired.
        catch (IdentityProviderException exception) when (exception.Failure == IdentityProviderFailure.Ended)
        {
            throw new IdentityProviderException(exception.Message, exception)
            {
                Error = "server_error",
                Failure = IdentityProviderFailure.Misconfigured,
                Cause = exception.Cause,
            };
        }
    }

    // Such a provider has no issuer except the name in the settings; an iss that it sends has its own origin (RFC 9207).
    internal bool IsIssuer(string issuer) =>
        issuer == options.Value.Issuer
        || (
            Uri.TryCreate(issuer, UriKind.Absolute, out var sent)
            && new Uri(Document.AuthorizationEndpoint).GetLeftPart(UriPartial.Authority) == sent.GetLeftPart(UriPartial.Authority)
        );

    // GitHub and Slack separate scopes with commas.
    private static IdentityProviderTokenSet WithSpaces(IdentityProviderTokenSet tokens) =>
        tokens with
        {
            Scope = tokens.Scope?.Replace(',', ' '),
        };

    [LoggerMessage(
        2870,
        LogLevel.Warning,
        "The identity provider's second endpoint returned no e-mail address; the sign-in continues without it."
    )]
    private partial void LogNoEmail(Exception exception);
}
