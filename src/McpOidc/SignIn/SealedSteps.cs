using System.Buffers.Text;
using System.Text.Json;
using McpOidc.Keys;
using McpOidc.Storage;

namespace McpOidc.SignIn;

/// <summary>
/// Steps of interactions that travel with the browser instead of being stored: the id of such a step is the step itself, encrypted. It is
/// valid only for its browser and its place in the sign-in.
/// </summary>
internal sealed class SealedSteps(StoredPayloadProtector protector, RefusedTimes refused, TimeProvider clock)
{
    /// <summary>Longer ones are stored: an id is part of a URL, and proxies accept 4 kB of headers by default.</summary>
    private const int MaximumLength = 2000;

    /// <returns>The id; <see langword="null"/> if it would be too long.</returns>
    public async ValueTask<string?> TrySealAsync(Interaction interaction, CancellationToken cancellationToken)
    {
        var plaintext = JsonSerializer.SerializeToUtf8Bytes(interaction, ServerJson.Default.Interaction);
        var payload = await protector.ProtectAsync(plaintext, PlaceOf(interaction.Step, interaction.BrowserHash), cancellationToken);
        return Base64Url.GetEncodedLength(payload.Length) <= MaximumLength ? Base64Url.EncodeToString(payload) : null;
    }

    /// <summary>Whether an id may be a sealed step; other ids are short.</summary>
    public static bool MayBe(string? id) => id is { Length: > 100 and <= MaximumLength } && Base64Url.IsValid(id);

    /// <returns>The step; <see langword="null"/> if the id is not valid for this browser and place, or has expired.</returns>
    public async ValueTask<Interaction?> OpenAsync(string id, InteractionStep step, string browserHash, CancellationToken cancellationToken)
    {
        try
        {
            var plaintext = await protector.UnprotectAsync(Base64Url.DecodeFromChars(id), PlaceOf(step, browserHash), cancellationToken);
            var interaction = JsonSerializer.Deserialize(plaintext.Span, ServerJson.Default.Interaction)!;
            if (interaction.ExpiresAt <= clock.GetUtcNow())
            {
                refused.Late("A step of a sign-in", interaction.ExpiresAt);
                return null;
            }

            return interaction;
        }
        catch (StoredPayloadException)
        {
            // The id is untrusted.
            return null;
        }
    }

    private static string PlaceOf(InteractionStep step, string browserHash) => $"interaction step {step} {browserHash}";
}
