using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Upstream;

/// <summary>Keeps interactions between their steps. Each step is taken away by the one who continues it, so none is done twice.</summary>
internal sealed class Interactions(RecordStore records, SignInTrail trail, IOptions<TokenOptions> lifetimes, TimeProvider clock)
{
    /// <summary>The moment at which an interaction that begins now is over.</summary>
    public DateTimeOffset Deadline() => clock.GetUtcNow() + lifetimes.Value.InteractionLifetime;

    /// <summary>Keeps a step.</summary>
    /// <returns>The id under which the next step takes it: random, and never used again.</returns>
    public async Task<string> KeepAsync(Interaction interaction, CancellationToken cancellationToken)
    {
        var id = OpaqueToken.Create();
        await KeepAsync(id, interaction, cancellationToken);
        return id;
    }

    public async Task KeepAsync(string id, Interaction interaction, CancellationToken cancellationToken)
    {
        if (await records.AddAsync(StoreKeys.Interaction, KeyOf(id, interaction.Step, interaction.BrowserHash), interaction with { Trail = trail.Steps }, interaction.ExpiresAt, cancellationToken) is null)
        {
            throw new InvalidOperationException("A random 256-bit interaction id was taken.");
        }
    }

    /// <summary>Reads a step without ending it: a page may be shown many times.</summary>
    public async Task<Interaction?> FindAsync(string? id, InteractionStep step, string browserHash, CancellationToken cancellationToken)
        => Continue((await records.RecallAsync(StoreKeys.Interaction, KeyOf(id, step, browserHash), cancellationToken))?.Value, step);

    /// <summary>Takes a step away. One of any number of callers gets it, and only in the browser that began it.</summary>
    public async Task<Interaction?> TakeAsync(string? id, InteractionStep step, string browserHash, CancellationToken cancellationToken)
        => Continue((await records.TakeAsync(StoreKeys.Interaction, KeyOf(id, step, browserHash), cancellationToken))?.Value, step);

    // Of all three: somebody who has seen the id in another browser, or brings it to another step, cannot spoil the sign-in by taking it.
    private static string KeyOf(string? id, InteractionStep step, string browserHash) => OpaqueToken.Hash($"{browserHash}.{id}.{step}");

    private Interaction? Continue(Interaction? interaction, InteractionStep step)
    {
        if (interaction is null)
        {
            trail.Note("sign_in.unknown", $"Nothing waits for step {step} under this id: it was done already, took too long, or was begun in another browser.");
            return null;
        }

        trail.Continue(interaction.Trail);
        return interaction;
    }
}
