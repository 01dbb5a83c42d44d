using System.Runtime.CompilerServices;
using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Doctor;

/// <summary>Whether the server can fetch clients' metadata documents.</summary>
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
                $"{EnvironmentProxy} is set, but clients' metadata documents are fetched without it: through a proxy the server cannot "
                    + "check which address is called.",
                $"If that proxy is the only way to the Internet, set {s_proxy}, and configure it to block non-public addresses."
            );
        }

        if (options.UseShipped && examination.Clock.GetUtcNow() >= GivenDocuments.ShippedEndAt)
        {
            yield return s_finding.Warning(
                $"The metadata documents of well-known clients in this package are no longer used since {GivenDocuments.ShippedEndAt:d}.",
                $"Upgrade, or pin the documents that you need ({s_pinned})."
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
            return s_finding.Ok("Fetching clients' metadata documents is enabled; no server has reported yet whether it works.");
        }

        examination.IsCutOff = found.IsCutOff;
        return found.IsCutOff
            ? s_finding.Warning(
                $"Clients' metadata documents could not be fetched from either of two hosts at {found.ProbedAt:u}. The server does not "
                    + "offer them, and clients must register.",
                $"Set {s_proxy} if the Internet is behind a proxy, pin documents with {s_pinned}, or set {s_enabled} to false."
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
            // The store check reports this.
            return null;
        }
    }
}
