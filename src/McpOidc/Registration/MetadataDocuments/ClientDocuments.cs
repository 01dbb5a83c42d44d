using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// The clients with a metadata document (draft-ietf-oauth-client-id-metadata-document). Only one caller in all processes fetches a
/// document at a time; it is cached in the store, and used for a while after its host fails.
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

    /// <summary>The client of a URL, or <see langword="null"/> if the operator disabled documents.</summary>
    /// <exception cref="ClientDocumentException">The URL yields no client, or it is currently unavailable.</exception>
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
            var caller = budget.FindCaller(isKnown: known?.Client is not null);
            known = await _flights.RunAsync(url, () => RefreshAsync(url, caller), cancellationToken);
        }

        return known.Client ?? throw ProblemOf(known);
    }

    /// <summary>The client as last described by its document, or <see langword="null"/> if it is not cached.</summary>
    public async ValueTask<ClientRecord?> FindKnownAsync(string url, CancellationToken cancellationToken) =>
        loader.FindPinned(url) ?? (await ReadAsync(url, cancellationToken))?.Value.Client;

    /// <summary>Removes the cached document; the next sign-in fetches it again.</summary>
    public ValueTask<bool> ForgetAsync(string url, CancellationToken cancellationToken) =>
        records.RemoveAsync(ServerKeys.ClientDocument, StoreKeys.ClientPart(url), cancellationToken);

    // Draft §6.4: without a document, its host is the only way for a user to recognize the application.
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
        // A document and its keys, each with its own time-out.
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

                // Another process is fetching it.
                await Task.Delay(s_poll, deadline.Token);
            }
        }
        catch (OperationCanceledException exception)
        {
            throw ClientDocumentException.Unavailable("Fetching the document timed out.", exception);
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

    // A failure is cached for seconds, so that not every request fetches again; an error is never cached as a document (draft §4.4).
    private ClientDocumentRecord AfterFailure(string url, ClientDocumentRecord? known, ClientDocumentException exception)
    {
        var again = clock.GetUtcNow() + Settings.FailureCacheLifetime;
        // A document in the package is not used if the host responds, even with an error.
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
            // Cached for longer than it is used, so that fetching it again does not count against a caller.
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

    private async Task KeepAsync(ClientDocumentRecord record, Versioned<ClientDocumentRecord>? found, CancellationToken cancellationToken)
    {
        var id = StoreKeys.ClientPart(record.ClientId);
        try
        {
            if (found is null)
            {
                await records.AddAsync(ServerKeys.ClientDocument, id, record, record.UsableUntil, cancellationToken);
                return;
            }

            // If the race was lost to a lease that expired, the other copy is equally valid.
            await records.ReplaceCountedAsync(ServerKeys.ClientDocument, id, found, record, isCounted: true, cancellationToken);
        }
        catch (StrangersFullException)
        {
            // Used without being kept: users of the client are signed in, and strangers must not end that. It is fetched again at the next
            // request, within the limits on fetches.
        }
    }

    [LoggerMessage(
        1211,
        LogLevel.Information,
        "Fetched the metadata document of client {ClientId}; changed since the last fetch: {Changed}."
    )]
    private partial void LogLoaded(string clientId, bool changed);

    // Without the URL itself: it is untrusted, and log viewers turn URLs into links.
    [LoggerMessage(1213, LogLevel.Information, "Rejected a client_id that is a URL without fetching it: {Problem}")]
    private partial void LogRefused(string problem);

    [LoggerMessage(
        1212,
        LogLevel.Warning,
        "Fetching the metadata document of client {ClientId} failed; using an earlier copy: {StandsIn}."
    )]
    private partial void LogFailed(string clientId, bool standsIn, Exception exception);
}
