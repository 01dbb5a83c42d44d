using McpOidc.Audit;
using McpOidc.Sessions;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;

namespace McpOidc.Logout;

/// <summary>
/// Ends what a person, or one of their sessions at the identity provider, has here: browsers and the grants of all clients, with effect on
/// every MCP server within two seconds.
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
    /// <summary>Ends everything of a person.</summary>
    public Task EndAsync(string subject, CancellationToken cancellationToken) =>
        EndAsync(subject, providerSession: null, cancellationToken);

    /// <summary>Ends what belongs to one session at the identity provider. What does not say to which it belongs ends with it.</summary>
    public async Task EndAsync(string subject, string? providerSession, CancellationToken cancellationToken)
    {
        // Browsers first: one that is still signed in could make a new grant meanwhile.
        long ended;
        try
        {
            await browsers.EndAllAsync(subject, providerSession, cancellationToken);
        }
        finally
        {
            // Whose browsers a full store keeps signed in, of that person the processes that run are told still.
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

    /// <summary>Ends a session at the identity provider of which it is not said whose it is.</summary>
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

    [LoggerMessage(2601, LogLevel.Information, "User {Subject} was ended by the identity provider: {Count} grants ended.")]
    private partial void LogEnded(string subject, long count);
}
