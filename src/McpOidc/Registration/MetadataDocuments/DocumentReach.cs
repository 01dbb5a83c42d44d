using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Determines whether documents can be fetched at all. A client with a document uses it because the metadata announce support, and would
/// otherwise register itself; without Internet access it should register. The probed hosts are ours to choose, never untrusted; all
/// processes share the last result.
/// </summary>
internal sealed partial class DocumentReach(
    DocumentFetcher fetcher,
    DomainPolicy domains,
    RegistrationGate registration,
    RecordStore records,
    IOptions<RegistrationOptions> options,
    TimeProvider clock,
    ILogger<DocumentReach> logger
)
{
    /// <summary>There is one record.</summary>
    public const string RecordId = "internet";

    private volatile bool _isCutOff;

    /// <summary>Whether the metadata announce documents. Not if none can be fetched, unless clients have no other method.</summary>
    public bool IsAdvertised => Settings.Enabled && !(_isCutOff && registration.IsOpen);

    // An operator who accepts neither host expects other documents, and has not approved requests to these.
    public bool IsProbed =>
        Settings.Enabled && Settings.ProbeInterval > TimeSpan.Zero && GivenDocuments.Probed.All(url => domains.Allows(url.Host));

    private ClientIdMetadataDocumentOptions Settings => options.Value.ClientIdMetadataDocuments;

    /// <summary>Uses the shared result of the last probe, or probes if that is due.</summary>
    /// <exception cref="StoreUnavailableException">The result is unknown.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (before, claimed) = await records.ChangeAsync(
            ServerKeys.DocumentReach,
            RecordId,
            // The process that writes the time does the probe; until then the previous result is valid.
            found => found is not null && now < found.ProbedAt + Settings.ProbeInterval ? null : Probed(found?.IsCutOff ?? false),
            cancellationToken
        );
        if (claimed is null)
        {
            Take(before!.IsCutOff);
            return;
        }

        var isCutOff = !await IsAnyReachedAsync(cancellationToken);
        Take(isCutOff);
        await records.ChangeAsync(ServerKeys.DocumentReach, RecordId, _ => Probed(isCutOff), cancellationToken);

        DocumentReachRecord Probed(bool cutOff) => new() { ProbedAt = now, IsCutOff = cutOff };
    }

    private async Task<bool> IsAnyReachedAsync(CancellationToken cancellationToken) =>
        (await Task.WhenAll(GivenDocuments.Probed.Select(url => IsReachedAsync(url, cancellationToken)))).Contains(true);

    private async Task<bool> IsReachedAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            await fetcher.ProbeAsync(url, cancellationToken);
            return true;
        }
        catch (ClientDocumentException exception)
        {
            LogNotReached(url.Host, exception.Message);
            return false;
        }
    }

    private void Take(bool isCutOff)
    {
        if (isCutOff == _isCutOff)
        {
            return;
        }

        _isCutOff = isCutOff;
        if (isCutOff)
        {
            LogCutOff(GivenDocuments.Probed[0].Host, GivenDocuments.Probed[1].Host);
        }
        else
        {
            LogReached();
        }
    }

    [LoggerMessage(
        1215,
        LogLevel.Warning,
        "Clients' metadata documents can be fetched from neither {First} nor {Second}. The metadata no longer announce them if clients "
            + "can register instead. Clients with a pinned document, or one in this package, are still accepted. Set "
            + "McpOidc:Registration:ClientIdMetadataDocuments:Proxy if the Internet is behind a proxy, or set its Enabled to false."
    )]
    private partial void LogCutOff(string first, string second);

    [LoggerMessage(1216, LogLevel.Information, "Clients' metadata documents can be fetched again; the metadata announce them.")]
    private partial void LogReached();

    [LoggerMessage(1217, LogLevel.Information, "The probe did not reach {Host}: {Reason}")]
    private partial void LogNotReached(string host, string reason);
}
