using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Revocation;

/// <summary>
/// Says what ended, after it was ended and before anybody is told that it was. An MCP server that does not hear of it reads it within
/// a second (<c>docs/decisions/0016-revocation-push.md</c>).
/// </summary>
internal sealed class RevocationLogWriter(RecordStore records, IMcpOidcStore store)
{
    public Task AppendAsync(IReadOnlyCollection<string> endedGrants, CancellationToken cancellationToken) =>
        endedGrants.Count == 0 ? Task.CompletedTask : ChangeAsync(log => log.With(endedGrants), cancellationToken);

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
