using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOidc.Logout;

/// <summary>
/// <c>POST /oauth/backchannel-logout</c> (OpenID Connect Back-Channel Logout 1.0 §2.5): the identity provider says that a person, or one of
/// the person's sessions there, has ended.
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
            return Refuse("A form with one logout_token is expected.");
        }

        var (logout, isUnjudged) = await ReadAsync(token, cancellationToken);
        if (logout is null)
        {
            if (isUnjudged)
            {
                return OAuthError.TemporarilyUnavailable();
            }

            LogRefused();
            return Refuse("The logout_token is not one that the identity provider made for this server.");
        }

        if (!await IsFirstUseAsync(logout, cancellationToken))
        {
            LogRefused();
            return Refuse("The logout_token was used before.");
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
            // It says the truth even where its use cannot be stored: the processes that run are told, and the provider tries again.
            await EndAsync(logout, cancellationToken);
            throw;
        }
    }

    /// <summary>Asks all providers at once: one that is away neither keeps another's word from being heard nor delays it.</summary>
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
            // Judged, and unreadable.
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

    [LoggerMessage(2602, LogLevel.Warning, "A back-channel logout request was refused.")]
    private partial void LogRefused();

    [LoggerMessage(
        2603,
        LogLevel.Warning,
        "A back-channel logout request could not be judged: the identity provider's keys cannot be had."
    )]
    private partial void LogUnavailable(Exception exception);
}
