using McpOidc.Audit;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOidc.SignIn;

/// <summary>Signs a user in: in the vault, and in the browser.</summary>
internal sealed partial class UserSignIn(
    UserSessions users,
    BrowserSessions sessions,
    CustomData customData,
    SignInRight right,
    AuditLog audit,
    ILogger<UserSignIn> logger
)
{
    public async Task BeginAsync(
        HttpContext http,
        Interaction decided,
        BrowserSessionRecord session,
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    )
    {
        await EndOlderAsync(session.Subject, login, cancellationToken);
        // The two are independent, and the browser's response needs both.
        var consent = decided is { Approved: true, Remember: true } ? decided.Asked : null;
        await Task.WhenAll(
            users.SignInAsync(login, provider.Name, customData.Extract(login.Claims, provider.Options), consent, cancellationToken),
            sessions.SignInAsync(http, session, cancellationToken)
        );
        LogSignedIn(session.Subject, decided.ClientId);
        audit.SignInFinished(session.Subject, decided.ClientId);
        if (decided.Approved)
        {
            audit.ConsentGranted(session.Subject, decided.ClientId, decided.Asked.Scopes, decided.Asked.Resource);
        }
    }

    // The record gets the new stamp, and grants made under the old one would pass the next check.
    private async Task EndOlderAsync(string subject, IdentityProviderLogin login, CancellationToken cancellationToken)
    {
        if (
            UserSessions.HashOf(login.Stamp) is { } stamp
            && await users.FindAsync(subject, cancellationToken) is { Stamp: { } known }
            && known != stamp
        )
        {
            await right.EndAsync(subject, cancellationToken);
        }
    }

    [LoggerMessage(1404, LogLevel.Information, "User {Subject} signed in for client {ClientId}.")]
    private partial void LogSignedIn(string subject, string clientId);
}
