using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn;

/// <summary>
/// Keeps interactions between their steps: with the browser where they are short enough (<see cref="SealedSteps"/>), otherwise in the
/// store. Each step is taken by the one who continues it, so none is done twice.
/// </summary>
internal sealed class Interactions(
    RecordStore records,
    SealedSteps steps,
    TakenSteps taken,
    SignInTrail trail,
    IOptions<TokenOptions> lifetimes,
    TimeProvider clock
)
{
    /// <summary>The moment at which an interaction that begins now is over.</summary>
    public DateTimeOffset Deadline() => clock.GetUtcNow() + lifetimes.Value.InteractionLifetime;

    /// <summary>Keeps a step.</summary>
    /// <returns>The id under which the next step takes it: unguessable, and never used again.</returns>
    public async Task<string> KeepAsync(Interaction interaction, CancellationToken cancellationToken)
    {
        if (await steps.TrySealAsync(interaction with { Trail = trail.Steps }, cancellationToken) is { } sealedStep)
        {
            return sealedStep;
        }

        var id = OpaqueToken.Create();
        await KeepAsync(id, interaction, cancellationToken);
        return id;
    }

    /// <summary>Keeps a step in the store, under an id that somebody was told already.</summary>
    public async Task KeepAsync(string id, Interaction interaction, CancellationToken cancellationToken)
    {
        if (
            await records.AddAsync(
                ServerKeys.Interaction,
                KeyOf(id, interaction.Step, interaction.BrowserHash),
                interaction with
                {
                    Trail = trail.Steps,
                },
                interaction.ExpiresAt,
                cancellationToken
            )
            is null
        )
        {
            throw new InvalidOperationException("A random 256-bit interaction id was taken.");
        }
    }

    /// <summary>Reads a step without ending it: a page may be shown many times.</summary>
    public async Task<Interaction?> FindAsync(string? id, InteractionStep step, string browserHash, CancellationToken cancellationToken) =>
        Continue(
            SealedSteps.MayBe(id)
                ? await steps.OpenAsync(id!, step, browserHash, cancellationToken)
                : (await records.RecallAsync(ServerKeys.Interaction, KeyOf(id, step, browserHash), cancellationToken))?.Value,
            step
        );

    /// <summary>Takes a step away. One of any number of callers gets it, and only in the browser that began it.</summary>
    /// <param name="id">Under which it was kept.</param>
    /// <param name="step">Which step this is.</param>
    /// <param name="browserHash">The hash of the browser's binding cookie.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="meanwhile">Begins what can be done while the store is asked whether the step was taken before, and decides
    /// nothing.</param>
    public async Task<Interaction?> TakeAsync(
        string? id,
        InteractionStep step,
        string browserHash,
        CancellationToken cancellationToken,
        Action<Interaction>? meanwhile = null
    )
    {
        if (!SealedSteps.MayBe(id))
        {
            var kept = (await records.TakeAsync(ServerKeys.Interaction, KeyOf(id, step, browserHash), cancellationToken))?.Value;
            if (kept is not null)
            {
                meanwhile?.Invoke(kept);
            }

            return Continue(kept, step);
        }

        if (await steps.OpenAsync(id!, step, browserHash, cancellationToken) is not { } opened)
        {
            return Continue(null, step);
        }

        meanwhile?.Invoke(opened);
        return await MarkAsync(opened, cancellationToken);
    }

    /// <summary>The same of a step that was found before in this request.</summary>
    public Task<Interaction?> TakeAsync(string id, Interaction found, CancellationToken cancellationToken) =>
        SealedSteps.MayBe(id) ? MarkAsync(found, cancellationToken) : TakeAsync(id, found.Step, found.BrowserHash, cancellationToken);

    // A person may be asked again, and then has the whole time again.
    private async Task<Interaction?> MarkAsync(Interaction opened, CancellationToken cancellationToken) =>
        Continue(
            await taken.MarkAsync(opened, Deadline(), cancellationToken) is { } mark ? opened with { Mark = mark } : null,
            opened.Step
        );

    // Of all three: somebody who has seen the id in another browser, or brings it to another step, cannot spoil the sign-in by taking it.
    private static string KeyOf(string? id, InteractionStep step, string browserHash) => OpaqueToken.Hash($"{browserHash}.{id}.{step}");

    private Interaction? Continue(Interaction? interaction, InteractionStep step)
    {
        if (interaction is null)
        {
            trail.Note(
                "sign_in.unknown",
                $"Nothing waits for step {step} under this id: it was done already, took too long, or was begun in another browser."
            );
            return null;
        }

        trail.Continue(interaction.Trail);
        return interaction;
    }
}
