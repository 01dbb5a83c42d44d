using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>Registrations with which nobody has signed in yet: anybody can make them, so what they take is counted, and goes
/// soon.</summary>
internal sealed class UnusedClients(RecordStore records, IOptions<RegistrationOptions> options, IStrangerLedger ledger)
{
    private static readonly TimeSpan s_lifetimeNearCeiling = TimeSpan.FromDays(1);

    /// <summary>How long one that is made now is kept.</summary>
    public TimeSpan Lifetime =>
        ledger.IsNearCeiling && options.Value.UnusedLifetime > s_lifetimeNearCeiling ? s_lifetimeNearCeiling : options.Value.UnusedLifetime;

    // A block has no end; it is counted for longer than any installation runs, and all of them as one.
    private static readonly DateTimeOffset s_never = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int BytesOfBlock = 512;

    /// <summary>Counts a block that somebody who registered has written for their own id.</summary>
    /// <exception cref="StrangersFullException">There is no room.</exception>
    public ValueTask CountBlockAsync(CancellationToken cancellationToken) => ledger.SpendAsync(BytesOfBlock, s_never, cancellationToken);

    /// <summary>Counts a client that was unused until now anew.</summary>
    /// <exception cref="StrangersFullException">It grows, and there is no room.</exception>
    public ValueTask ReplaceAsync(ClientRecord before, ClientRecord after, CancellationToken cancellationToken) =>
        before.ActivatedAt is not null
            ? ValueTask.CompletedTask
            : records.RecountAsync(ServerKeys.Client, before.ClientId, before, after.ActivatedAt is null ? after : null, cancellationToken);
}
