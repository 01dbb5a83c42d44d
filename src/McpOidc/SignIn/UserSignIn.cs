using McpOidc.Audit;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary>Signs a user in: in the vault, and in the browser.</summary>
internal sealed class UserSignIn(UserSessions users, BrowserSessions sessions, CustomData customData, SignInRight right, AuditLog audit)
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
        var consent = decided is { Approved: true, Remember: true } ? decided.Asked : null;
        // Written in parallel: both have used the HttpContext, which is not thread-safe, before they wait for the store.
        await Task.WhenAll(
            sessions.SignInAsync(http, session, cancellationToken),
            users.SignInAsync(login, provider.Name, customData.Extract(login.Claims, provider.Options), consent, cancellationToken)
        );
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
}
