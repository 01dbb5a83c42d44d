using System.Diagnostics;
using McpOidc.Storage;

namespace McpOidc.Federation;

/// <summary>
/// Allows only one process at a time to refresh a user's tokens. A lease has no expiry, on which clocks would have to agree: a waiting
/// process takes it over after it has been unchanged for longer than its holder may use it.
/// </summary>
internal sealed class RefreshLeases(IMcpOidcStore store, TimeProvider clock)
{
    /// <summary>When the record expires if the lease is not used again. Far beyond any clock skew.</summary>
    private static readonly TimeSpan s_forgottenAfter = TimeSpan.FromDays(1);

    /// <summary>Tries to take the lease.</summary>
    /// <param name="subject">The user.</param>
    /// <param name="wait">The caller's observations of the lease so far; a new one for each caller that starts to wait.</param>
    /// <param name="longest">How long the holder may use a lease.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The lease, or <see langword="null"/> while another process holds it.</returns>
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

/// <param name="Subject">The user.</param>
/// <param name="Version">Distinguishes this lease from the next one.</param>
/// <param name="HolderDied">Whether the previous holder died with it, so that a response of the provider may be lost.</param>
internal sealed record RefreshLease(string Subject, long Version, bool HolderDied);

/// <summary>How long a lease was unchanged, in real time.</summary>
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
