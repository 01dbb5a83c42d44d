using System.Diagnostics;
using McpOidc.Storage;

namespace McpOidc.Federation;

/// <summary>
/// Of all processes one at a time refreshes a user's tokens. A lease has no end that clocks would have to agree on: whoever waits for one
/// takes it over once it has seen it unchanged for longer than its holder could live with it.
/// </summary>
internal sealed class RefreshLeases(IMcpOidcStore store, TimeProvider clock)
{
    /// <summary>When the record goes, should nobody ever want the lease again. Far beyond any difference of clocks.</summary>
    private static readonly TimeSpan s_forgottenAfter = TimeSpan.FromDays(1);

    /// <summary>Tries to take the lease.</summary>
    /// <param name="subject">Whose tokens.</param>
    /// <param name="wait">What the caller has seen of the lease so far; a new one for each caller that begins to wait.</param>
    /// <param name="longest">For how long its holder may use a lease.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The lease, or <see langword="null"/> while another holds it.</returns>
    public async Task<RefreshLease?> TryTakeAsync(string subject, LeaseWait wait, TimeSpan longest, CancellationToken cancellationToken)
    {
        var key = ServerKeys.RefreshLease(subject);
        var write = new StoreWrite(ReadOnlyMemory<byte>.Empty, clock.GetUtcNow() + s_forgottenAfter);
        if (await store.AddAsync(key, write, cancellationToken) is { } version)
        {
            return new RefreshLease(subject, version, HolderDied: false);
        }

        if (await store.GetAsync(key, cancellationToken) is not { } held || !wait.HasSeen(held.Version, longest))
        {
            return null;
        }

        return await store.ReplaceAsync(key, held.Version, write, cancellationToken) is { } taken
            ? new RefreshLease(subject, taken, HolderDied: true)
            : null;
    }

    public ValueTask<bool> ReleaseAsync(RefreshLease lease) =>
        store.RemoveAsync(ServerKeys.RefreshLease(lease.Subject), lease.Version, CancellationToken.None);
}

/// <param name="Subject">Whose tokens.</param>
/// <param name="Version">Tells this lease from the one after it.</param>
/// <param name="HolderDied">Whether the process that had it before died with it: what it got of the provider is lost.</param>
internal sealed record RefreshLease(string Subject, long Version, bool HolderDied);

/// <summary>How long a lease was seen unchanged, in real time.</summary>
internal sealed class LeaseWait
{
    private long _version;
    private long _since;

    public bool HasSeen(long version, TimeSpan longest)
    {
        if (_version == version)
        {
            return Stopwatch.GetElapsedTime(_since) > longest;
        }

        (_version, _since) = (version, Stopwatch.GetTimestamp());
        return false;
    }
}
