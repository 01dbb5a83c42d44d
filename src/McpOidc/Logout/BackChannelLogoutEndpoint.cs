using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOidc.Logout;

/// <summary>
/// <c>POST /oauth/backchannel-logout</c> (OpenID Connect Back-Channel Logout 1.0 §2.5): the identity provider reports that a user's
/// sessions there, or one of them, have ended.
/// </summary>
internal sealed partial class BackChannelLogoutEndpoint(
    IdentityProviders providers,
    ReplayMemory replays,
    UserSignOut endUser,
    ILogger<BackChannelLogoutEndpoint> logger
)
{
    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (
            !http.Request.HasFormContentType
            || (await http.Request.ReadFormAsync(cancellationToken))["logout_token"] is not [{ Length: > 0 } token]
        )
        {
            return Refuse("Send a form with exactly one logout_token.");
        }

        var (logout, isUnjudged) = await ReadAsync(token, cancellationToken);
        if (logout is null)
        {
            if (isUnjudged)
            {
                return OAuthError.TemporarilyUnavailable();
            }

            LogRefused();
            return Refuse("The logout_token was not issued by the identity provider for this server.");
        }

        if (!await IsFirstUseAsync(logout, cancellationToken))
        {
            LogRefused();
            return Refuse("The logout_token has already been used.");
        }

        await EndAsync(logout, cancellationToken);
        return TypedResults.Ok();
    }

    // §2.6: a logout token is for one use.
    private async Task<bool> IsFirstUseAsync(IdentityProviderLogout logout, CancellationToken cancellationToken)
    {
        try
        {
            return await replays.IsNewAsync("logout", logout.Issuer, logout.TokenId, logout.ExpiresAt, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // The report is true even if its use cannot be stored: running processes are notified, and the provider retries.
            await EndAsync(logout, cancellationToken);
            throw;
        }
    }

    /// <summary>Asks all providers in parallel: one that is unreachable does not block or delay another's message.</summary>
    private async Task<(IdentityProviderLogout? Logout, bool IsUnjudged)> ReadAsync(string token, CancellationToken cancellationToken)
    {
        var isUnjudged = false;
        await foreach (
            var reading in Task.WhenEach(providers.All.Select(provider => ReadAsync(provider, token, cancellationToken)))
                .WithCancellation(cancellationToken)
        )
        {
            var (logout, isAway) = await reading;
            if (logout is not null)
            {
                return (logout, false);
            }

            isUnjudged |= isAway;
        }

        return (null, isUnjudged);
    }

    private async Task<(IdentityProviderLogout? Logout, bool IsAway)> ReadAsync(
        ConfiguredProvider provider,
        string token,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (await provider.Provider.ReadLogoutTokenAsync(token, cancellationToken), false);
        }
        catch (IdentityProviderException exception) when (exception.Error is not null)
        {
            // Validated, and unreadable.
            return (null, false);
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception);
            return (null, true);
        }
    }

    private async Task EndAsync(IdentityProviderLogout logout, CancellationToken cancellationToken)
    {
        var session = ProviderSession.From(logout.Issuer, logout.Session);
        if (logout.Subject is { } upstream)
        {
            await endUser.EndAsync(Subject.From(logout.Issuer, upstream), session, cancellationToken);
        }
        else if (session is not null)
        {
            await endUser.EndSessionAsync(session, cancellationToken);
        }
    }

    private static OAuthError Refuse(string description) => new(StatusCodes.Status400BadRequest, "invalid_request", description);

    [LoggerMessage(2602, LogLevel.Warning, "Rejected a back-channel logout request.")]
    private partial void LogRefused();

    [LoggerMessage(
        2603,
        LogLevel.Warning,
        "A back-channel logout request could not be validated: the identity provider's keys are unavailable."
    )]
    private partial void LogUnavailable(Exception exception);
}
