using McpOidc.Storage;

namespace McpOidc.SignIn;

/// <summary>
/// Remembers of interactions that travel with the browser how far they came, so that no step of theirs is done twice: one small record for
/// an interaction, made when its first step is taken and written anew with every further one, each time by one of any number of callers.
/// </summary>
internal sealed class TakenSteps(IMcpOidcStore store, IStrangerLedger ledger)
{
    /// <param name="interaction">The step that is taken.</param>
    /// <param name="until">When the steps that may come out of it are over.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The mark by which the next step is taken; <see langword="null"/> where this one was taken before.</returns>
    public async Task<long?> MarkAsync(Interaction interaction, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // By the interaction's own id: a sealed step can be written in more than one way.
        var (key, write) = (ServerKeys.TakenSteps(interaction.Id), new StoreWrite(ReadOnlyMemory<byte>.Empty, until));
        if (interaction.Mark is { } before)
        {
            return await store.ReplaceAsync(key, before, write, cancellationToken);
        }

        await ledger.SpendAsync(key.Length + RecordStore.Overhead, until, cancellationToken);
        return await store.AddAsync(key, write, cancellationToken);
    }
}
