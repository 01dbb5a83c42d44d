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

    /// <summary>Updates the count of a client that is still unused.</summary>
    /// <exception cref="StrangersFullException">It grew, and the limit is reached.</exception>
    public ValueTask ReplaceAsync(ClientRecord before, ClientRecord after, CancellationToken cancellationToken) =>
        before.ActivatedAt is not null
            ? ValueTask.CompletedTask
            : records.RecountAsync(ServerKeys.Client, before.ClientId, before, after.ActivatedAt is null ? after : null, cancellationToken);
}
