using System.Runtime.CompilerServices;
using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Doctor;

/// <summary>Whether the server has a way to the documents of clients.</summary>
internal sealed class MetadataDocumentsCheck : ICheck
{
    private const string Section = $"{RegistrationOptions.Section}:{nameof(RegistrationOptions.ClientIdMetadataDocuments)}";
    private const string EnvironmentProxy = "HTTPS_PROXY";
    private static readonly Finding s_finding = new("metadata documents");
    private static readonly string s_proxy = Finding.Setting($"{Section}:{nameof(ClientIdMetadataDocumentOptions.Proxy)}");
    private static readonly string s_enabled = Finding.Setting($"{Section}:{nameof(ClientIdMetadataDocumentOptions.Enabled)}");
    private static readonly string s_pinned = Finding.Setting($"{Section}:{nameof(ClientIdMetadataDocumentOptions.Pinned)}:0");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination.Settings.Registration?.ClientIdMetadataDocuments is not { } options)
        {
            yield return s_finding.Skipped("The settings cannot be read; see the configuration.");
            yield break;
        }

        if (!options.Enabled)
        {
            yield return s_finding.Ok("Metadata documents are off: nothing is fetched for clients.");
            yield break;
        }

        if (HasUnusedProxy(examination, options))
        {
            yield return s_finding.Warning(
                $"{EnvironmentProxy} is set, and clients' metadata documents are fetched without it: through a proxy nobody sees which "
                    + "address is called.",
                $"Set {s_proxy} if the internet is reached by that proxy only, and have the proxy refuse addresses that are not public."
            );
        }

        if (options.UseShipped && examination.Clock.GetUtcNow() >= GivenDocuments.ShippedEndAt)
        {
            yield return s_finding.Warning(
                $"The documents of well-known clients that came with this package are not used since {GivenDocuments.ShippedEndAt:d}.",
                $"Upgrade; or pin what you need ({s_pinned})."
            );
        }

        yield return await JudgeReachAsync(examination, options, cancellationToken);
    }

    private static bool HasUnusedProxy(Examination examination, ClientIdMetadataDocumentOptions options) =>
        string.IsNullOrEmpty(options.Proxy)
        && !string.IsNullOrEmpty(examination.Services.GetRequiredService<IConfiguration>()[EnvironmentProxy]);

    private static async Task<DoctorFinding> JudgeReachAsync(
        Examination examination,
        ClientIdMetadataDocumentOptions options,
        CancellationToken cancellationToken
    )
    {
        if (options.ProbeInterval <= TimeSpan.Zero || await ReadAsync(examination, cancellationToken) is not { } found)
        {
            return s_finding.Ok("Clients' metadata documents are fetched; no server has said whether that works.");
        }

        examination.IsCutOff = found.IsCutOff;
        return found.IsCutOff
            ? s_finding.Warning(
                $"Clients' metadata documents could not be fetched at {found.ProbedAt:u}, from neither of two hosts: the metadata do not "
                    + "offer them, and clients have to register themselves.",
                $"Set {s_proxy} where the internet is behind a proxy; name documents by {s_pinned}; or set {s_enabled} to false."
            )
            : s_finding.Ok($"Clients' metadata documents could be fetched at {found.ProbedAt:u}.");
    }

    private static async Task<DocumentReachRecord?> ReadAsync(Examination examination, CancellationToken cancellationToken)
    {
        try
        {
            var kind = ServerKeys.DocumentReach;
            return examination.Store is { } store && await store.GetAsync(kind.Key(DocumentReach.RecordId), cancellationToken) is { } record
                ? JsonSerializer.Deserialize(record.Value.Span, kind.Json)
                : null;
        }
        catch (StoreUnavailableException)
        {
            // The check of the store says so.
            return null;
        }
    }
}
