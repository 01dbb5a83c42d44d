using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Whether documents can be fetched from here at all. A client that has one chooses it because the metadata advertise documents, and would
/// register itself otherwise: where there is no way to the internet, that is what it should do. What is probed is ours to choose, and
/// nothing that a stranger names; all processes share what the last probe found.
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

    /// <summary>Whether the metadata offer documents. Not where none can be had, unless clients have no other way.</summary>
    public bool IsAdvertised => Settings.Enabled && !(_isCutOff && registration.IsOpen);

    // Whoever accepts neither host is reached by other documents, and has not asked us to look there.
    public bool IsProbed =>
        Settings.Enabled && Settings.ProbeInterval > TimeSpan.Zero && GivenDocuments.Probed.All(url => domains.Allows(url.Host));

    private ClientIdMetadataDocumentOptions Settings => options.Value.ClientIdMetadataDocuments;

    /// <summary>Takes over what the last probe of all processes found, or probes where that is due.</summary>
    /// <exception cref="StoreUnavailableException">Nobody knows.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (before, claimed) = await records.ChangeAsync(
            ServerKeys.DocumentReach,
            RecordId,
            // Whoever writes the time is who probes; until that is done what was found before holds.
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
        "Clients' metadata documents can be fetched neither from {First} nor from {Second}. The metadata stop offering them where clients "
            + "can register instead, and clients that come with one are accepted where it is pinned or came with this package. Set "
            + "McpOidc:Registration:ClientIdMetadataDocuments:Proxy where the internet is behind a proxy, or Enabled to false below it."
    )]
    private partial void LogCutOff(string first, string second);

    [LoggerMessage(1216, LogLevel.Information, "Clients' metadata documents can be fetched again; the metadata offer them.")]
    private partial void LogReached();

    [LoggerMessage(1217, LogLevel.Information, "The probe did not reach {Host}: {Reason}")]
    private partial void LogNotReached(string host, string reason);
}
