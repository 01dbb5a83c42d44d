using System.Globalization;
using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn;

/// <summary>
/// Keeps interactions between their steps: with the browser if they are short enough (<see cref="SealedSteps"/>), otherwise in the store.
/// The request that continues a step takes it, so that none is executed twice (<see cref="StepAnswers"/> handles repetitions).
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
    /// <summary>When an interaction that starts now expires.</summary>
    public DateTimeOffset Deadline() => clock.GetUtcNow() + lifetimes.Value.InteractionLifetime;

    /// <summary>Stores a step.</summary>
    /// <returns>The id for the next step: unguessable, and never used again.</returns>
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

    /// <summary>Stores a step under an id that was already issued.</summary>
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
            throw new InvalidOperationException("A random 256-bit interaction id already exists.");
        }
    }

    /// <summary>Reads a step without taking it: a page may be shown many times.</summary>
    public async Task<Interaction?> FindAsync(string? id, InteractionStep step, string browserHash, CancellationToken cancellationToken) =>
        Continue(
            SealedSteps.MayBe(id)
                ? await steps.OpenAsync(id!, step, browserHash, cancellationToken)
                : (await records.RecallAsync(ServerKeys.Interaction, KeyOf(id, step, browserHash), cancellationToken))?.Value,
            step
        );

    /// <summary>Takes a step. Only one of several concurrent callers succeeds, and only in the browser that started it; the others find
    /// out.</summary>
    /// <returns><see langword="null"/> if there is no such step.</returns>
    public async Task<TakenStep?> TakeAsync(string? id, InteractionStep step, string browserHash, CancellationToken cancellationToken)
    {
        var marking = step == InteractionStep.SignIn ? BeginMarking(id, browserHash, cancellationToken) : null;
        return await FindAsync(id, step, browserHash, cancellationToken) is { } found
            ? await TakeAsync(found, marking ?? MarkAsync(found.Id, found.Mark, cancellationToken), cancellationToken)
            : null;
    }

    /// <summary>The same for a step that was found before.</summary>
    public Task<TakenStep> TakeAsync(Interaction found, CancellationToken cancellationToken) =>
        TakeAsync(found, MarkAsync(found.Id, found.Mark, cancellationToken), cancellationToken);

    /// <summary>
    /// The id of a step at the identity provider: random, with everything needed to take it, so that it is read and marked in one round
    /// trip, and bound to this browser, so that no other browser can mark it.
    /// </summary>
    public static string NewState(Interaction interaction)
    {
        var state = $"{OpaqueToken.Create()}.{interaction.Id}.{interaction.Mark}";
        return $"{state}.{OpaqueToken.Hash($"{interaction.BrowserHash}.{state}")}";
    }

    // For a step that follows another: it is marked at a version that only this id contains. The first mark is new, and is created only
    // for a step that was found.
    private Task<long?>? BeginMarking(string? state, string browserHash, CancellationToken cancellationToken) =>
        state?.LastIndexOf('.') is > 0 and var end
        && OpaqueToken.Matches($"{browserHash}.{state[..end]}", state[(end + 1)..])
        && state[..end].Split('.') is [_, var interactionId, var mark]
        && long.TryParse(mark, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? MarkAsync(interactionId, before, cancellationToken)
            : null;

    // The user may be asked again, and then has the full time again.
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

    /// <returns>When a step was taken; <see langword="null"/> if it was not.</returns>
    public Task<DateTimeOffset?> FindTakenAsync(Interaction shown, CancellationToken cancellationToken) =>
        taken.FindAsync(shown, cancellationToken);

    // Depends on all three: a request with the id from another browser, or for another step, cannot spoil the sign-in by taking it.
    private static string KeyOf(string? id, InteractionStep step, string browserHash) => OpaqueToken.Hash($"{browserHash}.{id}.{step}");

    private Interaction? Continue(Interaction? interaction, InteractionStep step)
    {
        if (interaction is null)
        {
            trail.Note(
                "sign_in.unknown",
                $"There is no pending step {step} with this id: it has expired, or was started in another browser."
            );
            return null;
        }

        trail.Continue(interaction.Trail);
        return interaction;
    }
}
