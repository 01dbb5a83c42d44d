using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Revocation;

/// <summary>
/// Publishes ended grants, after they were ended and before the caller is told. An MCP server that misses the signal reads the log within
/// a second (<c>docs/decisions/0016-revocation-push.md</c>).
/// </summary>
internal sealed class RevocationLogWriter(RecordStore records, IMcpOidcStore store, UnstoredRevocations unstored)
{
    /// <exception cref="StoreUnavailableException">It could not be stored, but running processes were notified.</exception>
    public async Task AppendAsync(IReadOnlyCollection<string> endedGrants, CancellationToken cancellationToken)
    {
        if (endedGrants.Count == 0)
        {
            return;
        }

        try
        {
            await ChangeAsync(log => log.With(endedGrants), cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            await TellUnstoredAsync(endedGrants);
            throw;
        }
    }

    /// <summary>Notifies running processes of ended grants that could not be stored.</summary>
    public async ValueTask TellUnstoredAsync(IReadOnlyCollection<string> endedGrants)
    {
        foreach (var grantId in endedGrants)
        {
            await unstored.TellAsync(grantId);
        }
    }

    public Task AnnounceKeysAsync(CancellationToken cancellationToken) =>
        ChangeAsync(log => log with { KeyRing = log.KeyRing + 1 }, cancellationToken);

    private async Task ChangeAsync(Func<RevocationLog, RevocationLog> change, CancellationToken cancellationToken)
    {
        await records.ChangeAsync(
            StoreKeys.RevocationLog,
            StoreKeys.RevocationLogId,
            log =>
                change(
                    log
                        ?? new RevocationLog
                        {
                            Id = OpaqueToken.CreateId(),
                            Position = 0,
                            Ended = [],
                        }
                ),
            cancellationToken
        );
        await store.SignalAsync(StoreKeys.RevocationSignal);
    }
}
