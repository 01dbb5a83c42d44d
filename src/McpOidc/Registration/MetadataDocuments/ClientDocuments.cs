using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// The clients that a document describes (draft-ietf-oauth-client-id-metadata-document). A document is fetched by one caller of all
/// processes at a time, kept in the store, and used on for a while when its host fails.
/// </summary>
internal sealed partial class ClientDocuments(
    ClientDocumentLoader loader,
    FetchBudget budget,
    RecordStore records,
    IMcpOidcStore store,
    IOptions<RegistrationOptions> options,
    TimeProvider clock,
    AuditLog audit,
    ILogger<ClientDocuments> logger
)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(2);
    private readonly SingleFlight<ClientDocumentRecord> _flights = new();

    private ClientIdMetadataDocumentOptions Settings => options.Value.ClientIdMetadataDocuments;

    /// <summary>The client of a URL, or <see langword="null"/> where the operator turned documents off.</summary>
    /// <exception cref="ClientDocumentException">The URL leads to no client, or to none now.</exception>
    public async ValueTask<ClientRecord?> FindAsync(string url, CancellationToken cancellationToken)
    {
        if (!Settings.Enabled)
        {
            return null;
        }

        if (loader.FindPinned(url) is { } pinned)
        {
            return pinned;
        }

        if (loader.FindProblem(url) is { } problem)
        {
            LogRefused(problem);
            throw ClientDocumentException.Refused(problem);
        }

        var known = (await ReadAsync(url, cancellationToken))?.Value;
        if (known is null || !IsCurrent(known))
        {
            // The document of a client that is known is fetched for all its people; for another one whoever asks pays.
            var caller = known?.Client is null ? budget.FindCaller() : null;
            known = await _flights.RunAsync(url, () => RefreshAsync(url, caller), cancellationToken);
        }

        return known.Client ?? throw ProblemOf(known);
    }

    /// <summary>The client as its document described it last, or <see langword="null"/> where that was not kept.</summary>
    public async ValueTask<ClientRecord?> FindKnownAsync(string url, CancellationToken cancellationToken) =>
        loader.FindPinned(url) ?? (await ReadAsync(url, cancellationToken))?.Value.Client;

    /// <summary>Forgets what was fetched; the next sign-in fetches it again.</summary>
    public ValueTask<bool> ForgetAsync(string url, CancellationToken cancellationToken) =>
        records.RemoveAsync(ServerKeys.ClientDocument, StoreKeys.ClientPart(url), cancellationToken);

    // Draft §6.4: where there is no document, its host is all that a person can recognise the application by.
    private static ClientDocumentException ProblemOf(ClientDocumentRecord record)
    {
        var problem = $"{new Uri(record.ClientId).IdnHost}: {record.Problem}";
        return record.IsProblemTemporary ? ClientDocumentException.Unavailable(problem) : ClientDocumentException.Refused(problem);
    }

    private ValueTask<Versioned<ClientDocumentRecord>?> ReadAsync(string url, CancellationToken cancellationToken) =>
        records.GetAsync(ServerKeys.ClientDocument, StoreKeys.ClientPart(url), cancellationToken);

    private bool IsCurrent(ClientDocumentRecord record) => clock.GetUtcNow() < record.FetchAgainAt;

    private async Task<ClientDocumentRecord> RefreshAsync(string url, string? caller)
    {
        // A document and its keys, each within its time.
        var leaseTime = (Settings.Timeout * 2) + s_margin;
        using var deadline = new CancellationTokenSource(leaseTime + s_margin);
        try
        {
            while (true)
            {
                if ((await ReadAsync(url, deadline.Token))?.Value is { } known && IsCurrent(known))
                {
                    return known;
                }

                var lease = new StoreWrite(ReadOnlyMemory<byte>.Empty, clock.GetUtcNow() + leaseTime);
                if (await store.AddAsync(ServerKeys.ClientDocumentLease(url), lease, deadline.Token) is { } version)
                {
                    return await RefreshWithLeaseAsync(url, caller, version, deadline.Token);
                }

                // Another process is at it.
                await Task.Delay(s_poll, deadline.Token);
            }
        }
        catch (OperationCanceledException exception)
        {
            throw ClientDocumentException.Unavailable("The document could not be fetched in time.", exception);
        }
    }

    private async Task<ClientDocumentRecord> RefreshWithLeaseAsync(
        string url,
        string? caller,
        long lease,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var found = await ReadAsync(url, cancellationToken);
            return found?.Value is { } known && IsCurrent(known) ? known : await LoadAsync(url, caller, found, cancellationToken);
        }
        finally
        {
            await store.RemoveAsync(ServerKeys.ClientDocumentLease(url), lease, CancellationToken.None);
        }
    }

    private async Task<ClientDocumentRecord> LoadAsync(
        string url,
        string? caller,
        Versioned<ClientDocumentRecord>? found,
        CancellationToken cancellationToken
    )
    {
        ClientDocumentRecord next;
        try
        {
            next = await loader.LoadAsync(url, caller, found?.Value, cancellationToken);
            var isChanged = found?.Value.Client is { } before && before.MetadataHash != next.Client!.MetadataHash;
            LogLoaded(url, isChanged);
            if (isChanged)
            {
                audit.ClientDocumentChanged(url);
            }
        }
        catch (ClientDocumentException exception)
        {
            next = AfterFailure(url, found?.Value, exception);
            LogFailed(url, next.Client is not null, exception);
            if (next.IsShipped && found?.Value.IsShipped is not true)
            {
                audit.ClientDocumentShipped(url);
            }

            if (exception.IsOverBudget)
            {
                return next;
            }
        }

        await KeepAsync(next, found, cancellationToken);
        return next;
    }

    // A failure is remembered for seconds, so that it is not asked for again by every request; an error is never kept as a document (draft
    // §4.4).
    private ClientDocumentRecord AfterFailure(string url, ClientDocumentRecord? known, ClientDocumentException exception)
    {
        var again = clock.GetUtcNow() + Settings.FailureCacheLifetime;
        // What came with the package says nothing against a host that answers, with an error too.
        if (known?.Client is not null && (known.IsShipped ? exception.IsOverBudget : exception.IsTemporary))
        {
            return known with { FetchAgainAt = again };
        }

        var record = new ClientDocumentRecord
        {
            ClientId = url,
            FetchAgainAt = again,
            UsableUntil = again,
        };
        return loader.FindStandIn(url, exception) is { } shipped
            // Known for longer than it is used, so that looking for its host again is nobody's to pay for.
            ? record with
            {
                Client = shipped,
                IsShipped = true,
                UsableUntil = again + Settings.MinimumCacheLifetime,
            }
            : record with
            {
                Problem = exception.Message,
                IsProblemTemporary = exception.IsTemporary,
            };
    }

    // Whoever loses a race here lost it to a lease that ran out: the other's copy is as good.
    private async Task KeepAsync(ClientDocumentRecord record, Versioned<ClientDocumentRecord>? found, CancellationToken cancellationToken)
    {
        var id = StoreKeys.ClientPart(record.ClientId);
        if (found is null)
        {
            await records.AddAsync(ServerKeys.ClientDocument, id, record, record.UsableUntil, cancellationToken);
            return;
        }

        await records.RecountAsync(ServerKeys.ClientDocument, id, found.Value, record, cancellationToken);
        await records.ReplaceAsync(ServerKeys.ClientDocument, id, found.Version, record, record.UsableUntil, cancellationToken);
    }

    [LoggerMessage(
        1211,
        LogLevel.Information,
        "The metadata document of client {ClientId} was fetched; changed since the last time: {Changed}."
    )]
    private partial void LogLoaded(string clientId, bool changed);

    // The URL itself is left out: anybody can send one, and log viewers make links of them.
    [LoggerMessage(1213, LogLevel.Information, "A client_id that is a URL was refused without fetching it: {Problem}")]
    private partial void LogRefused(string problem);

    [LoggerMessage(
        1212,
        LogLevel.Warning,
        "The metadata document of client {ClientId} could not be fetched; an earlier copy stands in: {StandsIn}."
    )]
    private partial void LogFailed(string clientId, bool standsIn, Exception exception);
}
