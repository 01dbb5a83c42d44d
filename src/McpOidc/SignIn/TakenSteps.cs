using System.Buffers.Binary;
using McpOidc.Storage;

namespace McpOidc.SignIn;

/// <summary>
/// Records how far interactions have come, so that no step is executed twice: one small record per interaction, created when its first
/// step is taken and updated with every further one, by exactly one of several concurrent callers. It contains the time.
/// </summary>
internal sealed class TakenSteps(IMcpOidcStore store, IStrangerLedger ledger, TimeProvider clock)
{
    /// <param name="interactionId">The interaction whose steps are recorded: the same sealed step has more than one encoding.</param>
    /// <param name="before">The mark at which the step is taken; <see langword="null"/> for the first one.</param>
    /// <param name="until">When all following steps have expired.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The mark for the next step; <see langword="null"/> if this one had already been taken.</returns>
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
        try
        {
            return await store.AddAsync(key, write, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            await TakeBackAsync(key, now);
            throw;
        }
    }

    // The store may have the mark although it did not confirm it. Nothing was done, so the user may take the step again; otherwise the
    // next attempt would wait for a result that never comes.
    private async Task TakeBackAsync(string key, byte[] mark)
    {
        try
        {
            if (await store.GetAsync(key, CancellationToken.None) is { } taken && taken.Value.Span.SequenceEqual(mark))
            {
                await store.RemoveAsync(key, taken.Version, CancellationToken.None);
            }
        }
        catch (StoreUnavailableException)
        {
            // Removed without confirmation, or the store is away: the caller reports it.
        }
    }

    /// <returns>When a step, or the last one that followed it, was taken; <see langword="null"/> if it was not.</returns>
    public async Task<DateTimeOffset?> FindAsync(Interaction interaction, CancellationToken cancellationToken) =>
        await store.GetAsync(ServerKeys.TakenSteps(interaction.Id), cancellationToken) is not { } taken || taken.Version == interaction.Mark
            ? null
        // The previous version stores nothing here.
        : taken.Value.Length == sizeof(long)
            ? DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(taken.Value.Span))
        : DateTimeOffset.MinValue;
}
