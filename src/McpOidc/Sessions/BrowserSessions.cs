using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Logout;
using McpOidc.SignIn.Application;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Sessions;

/// <summary>The signed-in user of a browser.</summary>
internal sealed class BrowserSessions(
    RecordStore records,
    IMcpOidcStore store,
    BrowserCookies cookies,
    ApplicationCookie application,
    IOptions<TokenOptions> lifetimes,
    TimeProvider clock
)
{
    /// <summary>The key of the browser's session; <see langword="null"/> for a browser without one.</summary>
    public string? KeyOf(HttpContext context) =>
        cookies.ReadSession(context) is { Length: > 0 } value ? ServerKeys.BrowserSession.Key(OpaqueToken.Hash(value)) : null;

    public async ValueTask<BrowserSessionRecord?> FindAsync(HttpContext context, CancellationToken cancellationToken) =>
        cookies.ReadSession(context) is { Length: > 0 } value
        && await records.RecallAsync(ServerKeys.BrowserSession, OpaqueToken.Hash(value), cancellationToken) is { Value: var session }
        && await IsStillAtApplicationAsync(context, session)
            ? session
            : null;

    // The application's cookie identifies the user of the browser: another user may have signed in since.
    private async ValueTask<bool> IsStillAtApplicationAsync(HttpContext context, BrowserSessionRecord session) =>
        session.Provider != ApplicationIdentityProvider.Issuer
        || (
            await application.ReadAsync(context) is { } visitor
            && Subject.From(ApplicationIdentityProvider.Issuer, visitor.Subject) == session.Subject
        );

    /// <summary>Creates a session for a user who has just authenticated.</summary>
    public BrowserSessionRecord Create(IdentityProviderLogin login)
    {
        var now = clock.GetUtcNow();
        return new BrowserSessionRecord
        {
            Subject = Subject.From(login.Issuer, login.Subject),
            Provider = login.Issuer,
            ProviderSession = ProviderSession.From(
                login.Issuer,
                login.Claims["sid"] is JsonValue sid && sid.TryGetValue<string>(out var named) ? named : null
            ),
            AuthenticatedAt = now,
            ProviderAuthenticatedAt = AuthenticationTime.In(login.Claims, now),
            ExpiresAt = now + lifetimes.Value.BrowserSessionLifetime,
        };
    }

    /// <summary>Signs a user in. The session gets a new id and the old one ends, so that an id known before is never valid afterwards
    /// (session fixation).</summary>
    public async Task SignInAsync(HttpContext context, BrowserSessionRecord session, CancellationToken cancellationToken)
    {
        var (before, value) = (cookies.ReadSession(context), OpaqueToken.Create());
        // Immediately: a repeated request finds it in the answer (SignIn/StepAnswers).
        cookies.WriteSession(context, value);
        if (before is { Length: > 0 })
        {
            await records.RemoveAsync(ServerKeys.BrowserSession, OpaqueToken.Hash(before), cancellationToken);
        }

        await records.AddAsync(
            ServerKeys.BrowserSession,
            OpaqueToken.Hash(value),
            session,
            session.ExpiresAt,
            cancellationToken,
            IndexesOf(session)
        );
    }

    /// <summary>Ends a user's sessions in all browsers, or those of one session at the provider.</summary>
    public async Task EndAllAsync(string subject, string? providerSession, CancellationToken cancellationToken)
    {
        await foreach (var key in store.ListAsync(StoreKeys.OfUser(subject), cancellationToken).Where(ServerKeys.BrowserSession.Owns))
        {
            var id = ServerKeys.BrowserSession.Id(key);
            if (
                await records.GetAsync(ServerKeys.BrowserSession, id, cancellationToken) is { } found
                && UserSignOut.IsOf(found.Value.ProviderSession, providerSession)
            )
            {
                await records.RemoveAsync(ServerKeys.BrowserSession, id, cancellationToken);
            }
        }
    }

    /// <summary>Signs all users out.</summary>
    public async Task EndEverythingAsync(CancellationToken cancellationToken)
    {
        await foreach (var key in store.ScanAsync(ServerKeys.BrowserSession.KeyPrefix, cancellationToken))
        {
            await store.RemoveAsync(key, expectedVersion: null, cancellationToken);
        }
    }

    private static string[] IndexesOf(BrowserSessionRecord session) =>
        [StoreKeys.OfUser(session.Subject), .. session.ProviderSession is { } named ? new[] { StoreKeys.OfProviderSession(named) } : []];

    public async Task EndAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (cookies.ReadSession(context) is { Length: > 0 } value)
        {
            await records.RemoveAsync(ServerKeys.BrowserSession, OpaqueToken.Hash(value), cancellationToken);
            cookies.DeleteSession(context);
        }
    }
}
