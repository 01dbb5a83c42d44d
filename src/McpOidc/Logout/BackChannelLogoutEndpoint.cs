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

        try
        {
            if (await ReadAsync(token, cancellationToken) is not { } logout)
            {
                LogRefused();
                return Refuse("The logout_token is not one that the identity provider made for this server.");
            }

            // §2.6: a logout token is for one use.
            if (!await replays.IsNewAsync("logout", logout.Issuer, logout.TokenId, logout.ExpiresAt, cancellationToken))
            {
                LogRefused();
                return Refuse("The logout_token was used before.");
            }

            await EndAsync(logout, cancellationToken);
            return TypedResults.Ok();
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception);
            return OAuthError.TemporarilyUnavailable();
        }
    }

    private async Task<IdentityProviderLogout?> ReadAsync(string token, CancellationToken cancellationToken)
    {
        foreach (var provider in providers.All)
        {
            if (await provider.Provider.ReadLogoutTokenAsync(token, cancellationToken) is { } logout)
            {
                return logout;
            }
        }

        return null;
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
