using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Revocation;

/// <summary>
/// Says what ended, after it was ended and before anybody is told that it was. An MCP server that does not hear of it reads it within
/// a second (<c>docs/decisions/0016-revocation-push.md</c>).
/// </summary>
internal sealed class RevocationLogWriter(RecordStore records, IMcpOidcStore store)
{
    private const int MaximumAttempts = 200;

    public Task AppendAsync(IReadOnlyCollection<string> endedGrants, CancellationToken cancellationToken)
        => endedGrants.Count == 0 ? Task.CompletedTask : ChangeAsync(log => log.With(endedGrants), cancellationToken);

    public Task AnnounceKeysAsync(CancellationToken cancellationToken)
        => ChangeAsync(log => log with { KeyRing = log.KeyRing + 1 }, cancellationToken);

    private async Task ChangeAsync(Func<RevocationLog, RevocationLog> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            if (await TryChangeAsync(change, cancellationToken))
            {
                await store.SignalAsync(StoreKeys.RevocationSignal);
                return;
            }
        }

        throw new StoreUnavailableException("The log of revocations changed too often to be written.");
    }

    private async Task<bool> TryChangeAsync(Func<RevocationLog, RevocationLog> change, CancellationToken cancellationToken)
    {
        var stored = await records.GetAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, cancellationToken);
        var log = change(stored?.Value ?? new RevocationLog { Id = OpaqueToken.CreateId(), Position = 0, Ended = [] });
        return stored is null
            ? await records.AddAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, log, DateTimeOffset.MaxValue, cancellationToken) is not null
            : await records.ReplaceAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, stored.Version, log, DateTimeOffset.MaxValue, cancellationToken) is not null;
    }
}
