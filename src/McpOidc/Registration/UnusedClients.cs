using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>Registrations that no user has signed in with yet: anyone can create them, so their size is counted, and they expire
/// soon.</summary>
internal sealed class UnusedClients(RecordStore records, IOptions<RegistrationOptions> options, IStrangerLedger ledger)
{
    private static readonly TimeSpan s_lifetimeNearCeiling = TimeSpan.FromDays(1);

    /// <summary>How long a new one is kept.</summary>
    public TimeSpan Lifetime =>
        ledger.IsNearCeiling && options.Value.UnusedLifetime > s_lifetimeNearCeiling ? s_lifetimeNearCeiling : options.Value.UnusedLifetime;

    // A block has no expiry; it is counted for longer than any installation runs, and all of them together.
    private static readonly DateTimeOffset s_never = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int BytesOfBlock = 512;

    /// <summary>Counts a block that a client created for its own id.</summary>
    /// <exception cref="StrangersFullException">The limit is reached.</exception>
    public ValueTask CountBlockAsync(CancellationToken cancellationToken) => ledger.SpendAsync(BytesOfBlock, s_never, cancellationToken);

    /// <summary>Replaces the record of a client, and updates the count if it was unused.</summary>
    /// <returns>The new version; <see langword="null"/> if another writer changed the record.</returns>
    /// <exception cref="StrangersFullException">It is unused and larger, and the limit is reached.</exception>
    public ValueTask<long?> ReplaceAsync(Versioned<ClientRecord> before, ClientRecord after, CancellationToken cancellationToken)
    {
        var id = before.Value.ClientId;
        return before.Value.ActivatedAt is null
            ? records.ReplaceCountedAsync(ServerKeys.Client, id, before, after, isCounted: after.ActivatedAt is null, cancellationToken)
            : records.ReplaceAsync(ServerKeys.Client, id, before.Version, after, after.ExpiresAt, cancellationToken);
    }
}
