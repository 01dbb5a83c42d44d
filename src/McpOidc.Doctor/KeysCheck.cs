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

/// <summary>Runs the server's start-up code for its keys, on a store that discards all writes.</summary>
internal sealed class KeysCheck : ICheck
{
    private const string Lost = "Restore the store from a backup, or start with an empty one, which makes all users sign in again.";
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
            yield return s_finding.Skipped("There is no store to read keys from.");
            yield break;
        }

        if (examination.Settings is not { Common: { } common, Keys: { } options })
        {
            yield return s_finding.Skipped("The key settings cannot be read; see the configuration.");
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
            return s_finding.Ok($"Signing keys configured: {ids.Length}; {ids[0]} is the one in use.");
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
                    "Without a secret or a readable certificate, the keys in the store cannot be unwrapped; see the configuration."
                );
            }

            await roots.DeriveAsync(KeyPurpose.StoredPayload, cancellationToken);
            return options.Jwks is { Length: > 0 }
                ? s_finding.Ok("The secret unwraps the keys in the store.")
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
            return s_finding.Skipped("The store does not respond.");
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
            // The configuration check already reports this.
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
            return s_finding.Ok("There are no keys in the store yet; the first start creates them.");
        }

        var records = new RecordStore(overlay, new StoredPayloadProtector(roots));
        if (await records.GetAsync(ServerKeys.SigningKeys, ServerKeys.SigningKeysId, cancellationToken) is not { Value: var set })
        {
            return s_finding.Ok("The secret unwraps the root keys. There are no signing keys yet; the next start creates them.");
        }

        var now = examination.Clock.GetUtcNow();
        string[] ids = [.. IdsOf(set, now)];
        // The first start creates these while it is already serving.
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
        // Every server checks twice a minute; one that was down for a while is not the problem.
        var overdue = options.RotationInterval > TimeSpan.Zero && next is null && now > active.SignsFrom + options.RotationInterval;
        return active.SignsFrom > now
                ? s_finding.Warning(
                    $"The signing key {ids[0]} becomes active only in the future, at {active.SignsFrom:u}.",
                    "Compare the clocks of the servers; see 'clock'."
                )
            : overdue
                ? s_finding.Warning(
                    $"The signing key {ids[0]} has been active since {active.SignsFrom:u}, longer than {options.RotationInterval}, and no "
                        + $"next one is published.",
                    "Start a server, which rotates keys when due, or run 'keys rotate'."
                )
            : s_finding.Ok(
                $"Signing keys in the store: {ids.Length}; {ids[0]} active since {active.SignsFrom:u}"
                    + $"{(next is null ? "" : $", next {next.KeyId} from {next.SignsFrom:u}")}."
            );
    }
}
