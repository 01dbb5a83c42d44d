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

    /// <summary>Counts a client that was unused until now anew.</summary>
    /// <exception cref="StrangersFullException">It grows, and there is no room.</exception>
    public ValueTask ReplaceAsync(ClientRecord before, ClientRecord after, CancellationToken cancellationToken) =>
        before.ActivatedAt is not null
            ? ValueTask.CompletedTask
            : records.RecountAsync(ServerKeys.Client, before.ClientId, before, after.ActivatedAt is null ? after : null, cancellationToken);
}
