using System.Buffers.Binary;
using McpOidc.Storage;

namespace McpOidc.SignIn;

/// <summary>
/// Remembers of interactions how far they came, so that no step of theirs is done twice: one small record for an interaction, made when its
/// first step is taken and written anew with every further one, each time by one of any number of callers. When that was lies in it.
/// </summary>
internal sealed class TakenSteps(IMcpOidcStore store, IStrangerLedger ledger, TimeProvider clock)
{
    /// <param name="interactionId">By which the steps of one interaction are known: a sealed step can be written in more than one
    /// way.</param>
    /// <param name="before">The mark by which the step is taken; <see langword="null"/> for the first one.</param>
    /// <param name="until">When the steps that may come out of it are over.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The mark by which the next step is taken; <see langword="null"/> where this one was taken before.</returns>
    public async Task<long?> MarkAsync(string interactionId, long? before, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var now = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(now, clock.GetUtcNow().ToUnixTimeMilliseconds());
        var (key, write) = (ServerKeys.TakenSteps(interactionId), new StoreWrite(now, until));
        if (before is { } known)
        {
            return await store.ReplaceAsync(key, known, write, cancellationToken);
        }

        await ledger.SpendAsync(key.Length + now.Length + RecordStore.Overhead, until, cancellationToken);
        return await store.AddAsync(key, write, cancellationToken);
    }

    /// <returns>When a step was taken, or the last one that came out of it; <see langword="null"/> where it was not.</returns>
    public async Task<DateTimeOffset?> FindAsync(Interaction interaction, CancellationToken cancellationToken) =>
        await store.GetAsync(ServerKeys.TakenSteps(interaction.Id), cancellationToken) is not { } taken || taken.Version == interaction.Mark
            ? null
        // Nothing lies there of a process of the version before.
        : taken.Value.Length == sizeof(long)
            ? DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(taken.Value.Span))
        : DateTimeOffset.MinValue;
}
