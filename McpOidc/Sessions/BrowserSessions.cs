using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Sessions;

/// <summary>Who is signed in in a browser.</summary>
internal sealed class BrowserSessions(RecordStore records, BrowserCookies cookies, IOptions<TokenOptions> lifetimes, TimeProvider clock)
{
    public async ValueTask<BrowserSessionRecord?> FindAsync(HttpContext context, CancellationToken cancellationToken)
        => cookies.ReadSession(context) is { Length: > 0 } value
            ? (await records.GetAsync(StoreKeys.BrowserSession, OpaqueToken.Hash(value), cancellationToken))?.Value
            : null;

    /// <summary>Signs a person in. The session gets a new id and the old one dies, so that no id known before counts after (session fixation).</summary>
    public async Task<BrowserSessionRecord> SignInAsync(HttpContext context, UserRecord user, CancellationToken cancellationToken)
    {
        await EndAsync(context, cancellationToken);
        var now = clock.GetUtcNow();
        var session = new BrowserSessionRecord
        {
            Subject = user.Subject,
            Provider = user.Provider,
            AuthenticatedAt = now,
            ExpiresAt = now + lifetimes.Value.BrowserSessionLifetime,
        };
        var value = OpaqueToken.Create();
        await records.AddAsync(StoreKeys.BrowserSession, OpaqueToken.Hash(value), session, session.ExpiresAt, cancellationToken);
        cookies.WriteSession(context, value);
        return session;
    }

    public async Task EndAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (cookies.ReadSession(context) is { Length: > 0 } value)
        {
            await records.RemoveAsync(StoreKeys.BrowserSession, OpaqueToken.Hash(value), cancellationToken);
            cookies.DeleteSession(context);
        }
    }
}
