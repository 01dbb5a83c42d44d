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
    private const string Kind = "logout";

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

        var (logout, problem) = await ReadAsync(token, cancellationToken);
        if (logout is null)
        {
            if (problem is null)
            {
                return OAuthError.TemporarilyUnavailable();
            }

            LogRefused(problem);
            return Refuse("The logout_token was not issued by the identity provider for this server.");
        }

        if (await WasUsedAsync(logout, cancellationToken))
        {
            LogRefused("logout_token_used.");
            return Refuse("The logout_token has already been used.");
        }

        // Used up only afterwards: if the store fails in between, the provider repeats the request, and ending twice does no harm.
        await EndAsync(logout, cancellationToken);
        await replays.IsNewAsync(Kind, logout.Issuer, logout.TokenId, logout.ExpiresAt, cancellationToken);
        return TypedResults.Ok();
    }

    // §2.6: a logout token is for one use.
    private async Task<bool> WasUsedAsync(IdentityProviderLogout logout, CancellationToken cancellationToken)
    {
        try
        {
            return await replays.IsKnownAsync(Kind, logout.Issuer, logout.TokenId, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // The report is true even if it cannot be stored: ending notifies the running processes, and then fails as well.
            return false;
        }
    }

    /// <summary>Asks all providers in parallel: one that is unreachable does not block or delay another's message.</summary>
    /// <returns>What it says, or why it is invalid; neither while it cannot be validated.</returns>
    private async Task<(IdentityProviderLogout? Logout, string? Problem)> ReadAsync(string token, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        await foreach (
            var reading in Task.WhenEach(providers.All.Select(provider => ReadAsync(provider, token, cancellationToken)))
                .WithCancellation(cancellationToken)
        )
        {
            var (logout, problem) = await reading;
            if (logout is not null)
            {
                return (logout, null);
            }

            problems.AddRange(problem is null ? [] : [problem]);
        }

        return (null, problems.Count < providers.All.Count ? null : string.Join(' ', problems.Distinct()));
    }

    private async Task<(IdentityProviderLogout? Logout, string? Problem)> ReadAsync(
        ConfiguredProvider provider,
        string token,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var logout = await provider.Provider.ReadLogoutTokenAsync(token, cancellationToken);
            return (logout, logout is null ? $"{provider.DisplayName} sends none." : null);
        }
        catch (IdentityProviderException exception) when (exception.Error is not null)
        {
            // Validated, and invalid.
            return (null, provider.Explain(exception));
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception);
            return (null, null);
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

    [LoggerMessage(2602, LogLevel.Warning, "Rejected a back-channel logout request: {Problem}")]
    private partial void LogRefused(string problem);

    [LoggerMessage(
        2603,
        LogLevel.Warning,
        "A back-channel logout request could not be validated: the identity provider's keys are unavailable."
    )]
    private partial void LogUnavailable(Exception exception);
}
