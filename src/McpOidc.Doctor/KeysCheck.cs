using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpOidc.Doctor;

/// <summary>Does what the server does at start to get at its keys, over a store that keeps nothing of it.</summary>
internal sealed class KeysCheck : ICheck
{
    private const string Lost = "Restore the store from a backup; or begin with an empty one, and everybody signs in again.";
    private static readonly Finding s_finding = new("keys");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (ReadConfigured(examination) is { } configured)
        {
            yield return configured;
        }

        if (examination.Store is null && !examination.StoreIsNew)
        {
            yield return s_finding.Skipped("Without a store the keys in it cannot be looked at.");
            yield break;
        }

        if (examination.Settings is not { Common: { } common, Keys: { } options })
        {
            yield return s_finding.Skipped("The settings of the keys cannot be read; see the configuration.");
            yield break;
        }

        yield return await OpenAsync(examination, common, options, cancellationToken);
    }

    private static DoctorFinding? ReadConfigured(Examination examination)
    {
        if (examination.Settings.Keys is not { Jwks: { Length: > 0 } jwks })
        {
            return null;
        }

        try
        {
            string[] ids = [.. JsonWebKeySetReader.Read(jwks).Select(key => key.Key.KeyId)];
            examination.Keys = (ids[0], ids);
            return s_finding.Ok($"{ids.Length} signing keys are configured; {ids[0]} signs.");
        }
        catch (FormatException)
        {
            return s_finding.Skipped("The configured keys cannot be used; see the configuration.");
        }
    }

    private static async Task<DoctorFinding> OpenAsync(
        Examination examination,
        McpOidcOptions common,
        KeyOptions options,
        CancellationToken cancellationToken
    )
    {
        var overlay = new OverlayStore(examination.Store);
        var wraps = new KeyWraps(
            Options.Create(common),
            overlay,
            examination.Services.GetRequiredService<IHostEnvironment>(),
            NullLogger<KeyWraps>.Instance
        );
        using var roots = new RootKeys(overlay, wraps, examination.Clock, NullLogger<RootKeys>.Instance);
        try
        {
            if (!await CanWrapAsync(wraps, cancellationToken))
            {
                return s_finding.Skipped(
                    "Without a secret, or a certificate that can be read, the keys in the store cannot be opened; see the configuration."
                );
            }

            await roots.DeriveAsync(KeyPurpose.StoredPayload, cancellationToken);
            return options.Jwks is { Length: > 0 }
                ? s_finding.Ok("The secret opens the keys in the store.")
                : await ReadRingAsync(examination, overlay, roots, options, cancellationToken);
        }
        catch (SettingException exception)
        {
            return s_finding.Problem(exception.Problem.Complaint, exception.Problem.Remedy);
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException or StoredPayloadException or FormatException)
        {
            return s_finding.Problem("The keys in the store are damaged: they cannot be decrypted or read.", Lost);
        }
        catch (StoreUnavailableException)
        {
            return s_finding.Skipped("The store does not answer.");
        }
    }

    private static async Task<bool> CanWrapAsync(KeyWraps wraps, CancellationToken cancellationToken)
    {
        try
        {
            await wraps.GetAsync(cancellationToken);
            return true;
        }
        catch (SettingException)
        {
            // What the check of the configuration says already.
            return false;
        }
    }

    private static async Task<DoctorFinding> ReadRingAsync(
        Examination examination,
        OverlayStore overlay,
        RootKeys roots,
        KeyOptions options,
        CancellationToken cancellationToken
    )
    {
        if (
            overlay.WouldWrite(StoreKeys.RootKeys)
            && await new OverlayStore(examination.Store).GetAsync(StoreKeys.RootKeys, cancellationToken) is null
        )
        {
            return s_finding.Ok("There are no keys in the store yet; the first start makes them.");
        }

        var records = new RecordStore(overlay, new StoredPayloadProtector(roots));
        if (await records.GetAsync(ServerKeys.SigningKeys, ServerKeys.SigningKeysId, cancellationToken) is not { Value: var set })
        {
            return s_finding.Ok("The secret opens the store. There are no signing keys in it yet; the next start makes them.");
        }

        var now = examination.Clock.GetUtcNow();
        string[] ids = [.. IdsOf(set, now)];
        // The first start makes these while it serves already.
        var identity = await records.GetAsync(ServerKeys.SigningKeys, ServerKeys.IdentityTokenKeysId, cancellationToken);
        examination.Keys = (ids[0], identity is null ? ids : [.. ids, .. IdsOf(identity.Value, now)]);
        return Judge(set, ids, options, now);
    }

    private static IEnumerable<string> IdsOf(SigningKeySet set, DateTimeOffset now) =>
        set.InOrder(now).Select(key => JsonWebKeySetReader.ToCredentials(new(key.Jwk)).Key.KeyId);

    private static DoctorFinding Judge(SigningKeySet set, string[] ids, KeyOptions options, DateTimeOffset now)
    {
        var active = set.ActiveAt(now);
        var next = set.Keys.Where(key => key.SignsFrom > now).MinBy(key => key.SignsFrom);
        // Every server looks twice a minute; one that was down for a while is not to blame.
        var overdue = options.RotationInterval > TimeSpan.Zero && next is null && now > active.SignsFrom + options.RotationInterval;
        return active.SignsFrom > now
                ? s_finding.Warning(
                    $"The signing key {ids[0]} is of the future: it signs from {active.SignsFrom:u} on.",
                    "Compare the clocks of the servers; see 'clock'."
                )
            : overdue
                ? s_finding.Warning(
                    $"The signing key {ids[0]} signs since {active.SignsFrom:u}, longer than {options.RotationInterval}, and no next one "
                        + $"is published.",
                    "Start a server: it does what is due. 'keys rotate' does it by hand."
                )
            : s_finding.Ok(
                $"{ids.Length} signing keys in the store; {ids[0]} signs since {active.SignsFrom:u}"
                    + $"{(next is null ? "" : $", {next.KeyId} from {next.SignsFrom:u}")}."
            );
    }
}
