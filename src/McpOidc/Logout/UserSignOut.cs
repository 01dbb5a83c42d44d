using McpOidc.Audit;
using McpOidc.Sessions;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;

namespace McpOidc.Logout;

/// <summary>
/// Ends what a user, or one of the user's sessions at the identity provider, has here: browser sessions and the grants of all clients,
/// effective on every MCP server within two seconds.
/// </summary>
internal sealed partial class UserSignOut(
    Grants grants,
    BrowserSessions browsers,
    IMcpOidcStore store,
    RecordStore records,
    AuditLog audit,
    ILogger<UserSignOut> logger
)
{
    /// <summary>Ends everything of a user.</summary>
    public Task EndAsync(string subject, CancellationToken cancellationToken) =>
        EndAsync(subject, providerSession: null, cancellationToken);

    /// <summary>Ends everything of one session at the identity provider, including what belongs to an unknown session.</summary>
    public async Task EndAsync(string subject, string? providerSession, CancellationToken cancellationToken)
    {
        // Browsers first: one that is still signed in could create a new grant meanwhile.
        long ended;
        try
        {
            await browsers.EndAllAsync(subject, providerSession, cancellationToken);
        }
        finally
        {
            // Even if a full store keeps the browsers signed in, running processes are notified of the user's grants.
            ended = await grants.RevokeAllAsync(
                subject,
                clientId: null,
                cancellationToken,
                grant => IsOf(grant.ProviderSession, providerSession)
            );
        }

        audit.IdentityProviderSessionEnded(subject);
        LogEnded(subject, ended);
    }

    /// <summary>Ends a session at the identity provider whose user is not named.</summary>
    public async Task EndSessionAsync(string providerSession, CancellationToken cancellationToken)
    {
        var subjects = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var key in store.ListAsync(StoreKeys.OfProviderSession(providerSession), cancellationToken))
        {
            if (await SubjectOfAsync(key, cancellationToken) is { } subject)
            {
                subjects.Add(subject);
            }
        }

        foreach (var subject in subjects)
        {
            await EndAsync(subject, providerSession, cancellationToken);
        }
    }

    private async Task<string?> SubjectOfAsync(string key, CancellationToken cancellationToken) =>
        StoreKeys.Grant.Owns(key)
            ? (await grants.FindAsync(StoreKeys.Grant.Id(key), cancellationToken))?.Value.Subject
            : (await records.GetAsync(ServerKeys.BrowserSession, ServerKeys.BrowserSession.Id(key), cancellationToken))?.Value.Subject;

    internal static bool IsOf(string? known, string? ended) => known is null || ended is null || known == ended;

    [LoggerMessage(2601, LogLevel.Information, "The identity provider signed out user {Subject}. Grants ended: {Count}.")]
    private partial void LogEnded(string subject, long count);
}
