using System.Globalization;
using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn;

/// <summary>
/// Keeps interactions between their steps: with the browser where they are short enough (<see cref="SealedSteps"/>), otherwise in the
/// store. Each step is taken by the one who continues it, so none is done twice (<see cref="StepAnswers"/>: a repetition is led on).
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

    /// <summary>Takes a step. One of any number of callers does, and only in the browser that began it; the others learn of
    /// it.</summary>
    /// <returns><see langword="null"/> where there is no such step.</returns>
    public async Task<TakenStep?> TakeAsync(string? id, InteractionStep step, string browserHash, CancellationToken cancellationToken)
    {
        var marking = step == InteractionStep.SignIn ? BeginMarking(id, browserHash, cancellationToken) : null;
        return await FindAsync(id, step, browserHash, cancellationToken) is { } found
            ? await TakeAsync(found, marking ?? MarkAsync(found.Id, found.Mark, cancellationToken), cancellationToken)
            : null;
    }

    /// <summary>The same of a step that was found before.</summary>
    public Task<TakenStep> TakeAsync(Interaction found, CancellationToken cancellationToken) =>
        TakeAsync(found, MarkAsync(found.Id, found.Mark, cancellationToken), cancellationToken);

    /// <summary>
    /// The id of a step at the identity provider: random, with what taking it needs, so that it is read and marked in one round trip, and
    /// with what tells that it is this browser's, so that nobody else can mark it.
    /// </summary>
    public static string NewState(Interaction interaction)
    {
        var state = $"{OpaqueToken.Create()}.{interaction.Id}.{interaction.Mark}";
        return $"{state}.{OpaqueToken.Hash($"{interaction.BrowserHash}.{state}")}";
    }

    // Of a step that comes after another one: it is marked at a version that only this id names. The first mark is new, and is made for
    // what was found only.
    private Task<long?>? BeginMarking(string? state, string browserHash, CancellationToken cancellationToken) =>
        state?.LastIndexOf('.') is > 0 and var end
        && OpaqueToken.Matches($"{browserHash}.{state[..end]}", state[(end + 1)..])
        && state[..end].Split('.') is [_, var interactionId, var mark]
        && long.TryParse(mark, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? MarkAsync(interactionId, before, cancellationToken)
            : null;

    // A person may be asked again, and then has the whole time again.
    private Task<long?> MarkAsync(string interactionId, long? before, CancellationToken cancellationToken) =>
        taken.MarkAsync(interactionId, before, Deadline(), cancellationToken);

    private async Task<TakenStep> TakeAsync(Interaction found, Task<long?> marking, CancellationToken cancellationToken)
    {
        if (await marking is { } mark)
        {
            return new TakenStep(found, mark, clock.GetUtcNow());
        }

        trail.Note("step.repeated", $"The step {found.Step} was taken before.");
        return new TakenStep(found, Mark: null, await taken.FindAsync(found, cancellationToken) ?? DateTimeOffset.MinValue);
    }

    /// <returns>When a step was taken; <see langword="null"/> where nobody has taken it yet.</returns>
    public Task<DateTimeOffset?> FindTakenAsync(Interaction shown, CancellationToken cancellationToken) =>
        taken.FindAsync(shown, cancellationToken);

    // Of all three: somebody who has seen the id in another browser, or brings it to another step, cannot spoil the sign-in by taking it.
    private static string KeyOf(string? id, InteractionStep step, string browserHash) => OpaqueToken.Hash($"{browserHash}.{id}.{step}");

    private Interaction? Continue(Interaction? interaction, InteractionStep step)
    {
        if (interaction is null)
        {
            trail.Note(
                "sign_in.unknown",
                $"Nothing waits for step {step} under this id: it took too long, or was begun in another browser."
            );
            return null;
        }

        trail.Continue(interaction.Trail);
        return interaction;
    }
}
