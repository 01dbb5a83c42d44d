using McpOidc.Audit;
using McpOidc.ErrorResponses;
using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Upstream;

/// <summary><c>GET /oauth/callback</c>: the identity provider sends the browser back, with a code or with an error.</summary>
internal sealed partial class CallbackEndpoint(
    IIdentityProvider provider, Interactions interactions, UpstreamSignIn signIn, UserSessions users, BrowserSessions sessions,
    BrowserCookies cookies, CustomData customData, ErrorPage errors, AuditLog audit, ILogger<CallbackEndpoint> logger)
{
    // What a client can do something with; anything else a provider says is server_error to it (RFC 6749 §4.1.2.1).
    private static readonly string[] s_forwardedErrors =
        [Errors.AccessDenied, Errors.LoginRequired, Errors.ConsentRequired, Errors.InteractionRequired, Errors.TemporarilyUnavailable];

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        if (query["state"] is not [{ Length: > 0 } state]
            || await interactions.TakeAsync(state, InteractionStep.SignIn, cookies.ReadBinding(http), cancellationToken) is not { } interaction)
        {
            return errors.StartAgain("callback_without_sign_in");
        }

        if (query["error"] is [{ Length: > 0 } error, ..])
        {
            var forwarded = s_forwardedErrors.Contains(error) ? error : Errors.ServerError;
            LogRefused(forwarded);
            audit.SignInFailed(interaction.ClientId, forwarded);
            return await signIn.FailAsync(interaction, new IdentityProviderException { Error = forwarded }, cancellationToken);
        }

        try
        {
            var callback = new Uri(signIn.RedirectUri.OriginalString + http.Request.QueryString.Value);
            var login = await provider.RedeemAsync(callback, interaction.ProviderState ?? [], cancellationToken);
            return await CompleteAsync(http, interaction, login, cancellationToken);
        }
        catch (IdentityProviderException exception)
        {
            LogFailed(exception);
            audit.SignInFailed(interaction.ClientId, exception.Error is null ? Errors.TemporarilyUnavailable : Errors.ServerError);
            return await signIn.FailAsync(interaction, exception, cancellationToken);
        }
    }

    private async Task<IResult> CompleteAsync(HttpContext http, Interaction interaction, IdpLogin login, CancellationToken cancellationToken)
    {
        var user = await users.SignInAsync(login, customData.Extract(login.Claims), cancellationToken);
        var session = await sessions.SignInAsync(http, user, cancellationToken);
        LogSignedIn(user.Subject, interaction.ClientId);
        audit.SignInFinished(user.Subject, interaction.ClientId);
        if (interaction.Approved)
        {
            await users.RememberConsentAsync(user.Subject, interaction.Asked, cancellationToken);
        }

        return await signIn.DecideAsync(interaction with { Subject = user.Subject, AuthenticatedAt = session.AuthenticatedAt }, cancellationToken);
    }

    [LoggerMessage(1402, LogLevel.Information, "The identity provider refused a sign-in: {Error}.")]
    private partial void LogRefused(string error);

    [LoggerMessage(1403, LogLevel.Warning, "A sign-in at the identity provider could not be completed.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(1404, LogLevel.Information, "User {Subject} signed in for client {ClientId}.")]
    private partial void LogSignedIn(string subject, string clientId);
}
