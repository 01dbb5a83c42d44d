using McpOidc.Audit;
using McpOidc.Sessions;
using McpOidc.Token;

namespace McpOidc.Administration;

/// <summary>What an operator does to sign-ins. Every authorization server and MCP server follows within two seconds.</summary>
public sealed class SessionAdministration
{
    private readonly Grants _grants;
    private readonly BrowserSessions _browsers;
    private readonly AuditLog _audit;

    internal SessionAdministration(Grants grants, BrowserSessions browsers, AuditLog audit) => (_grants, _browsers, _audit) = (grants, browsers, audit);

    /// <summary>
    /// Signs everybody out: every browser here, and every installation of every client with all its tokens. Registrations, consents and the
    /// identity provider's tokens stay. The whole store is walked through; run it again if it is interrupted.
    /// </summary>
    /// <param name="cancellationToken">Stops where it is.</param>
    /// <returns>How many sign-ins of clients were ended.</returns>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    public async Task<long> RevokeAllAsync(CancellationToken cancellationToken = default)
    {
        // Browsers first: one that is still signed in could make a new grant meanwhile.
        await _browsers.EndEverythingAsync(cancellationToken);
        var ended = await _grants.RevokeEverythingAsync(cancellationToken);
        _audit.EverythingRevoked(ended);
        return ended;
    }
}
