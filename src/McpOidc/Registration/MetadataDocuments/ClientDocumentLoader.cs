using System.Text.Json;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>Creates a client from its metadata document and the keys that it refers to.</summary>
internal sealed class ClientDocumentLoader(
    DocumentFetcher fetcher,
    ClientDocumentReader reader,
    DomainPolicy domains,
    FetchBudget budget,
    GivenDocuments given,
    IOptions<RegistrationOptions> options,
    TimeProvider clock
)
{
    private ClientIdMetadataDocumentOptions Settings => options.Value.ClientIdMetadataDocuments;

    /// <summary>Why the URL must not be fetched; nothing is resolved for this.</summary>
    public string? FindProblem(string url) =>
        ClientIdUrl.FindProblem(url, Settings.AllowLoopback) is { } problem ? $"The client_id {problem}."
        : domains.Allows(new Uri(url).Host) ? null
        : "The operator of this server does not accept clients from this domain.";

    /// <summary>The client of a pinned document: its host is not contacted.</summary>
    public ClientRecord? FindPinned(string url) => given.FindPinned(url);

    /// <summary>The client of a document in this package, if its host refuses connections.</summary>
    public ClientRecord? FindStandIn(string url, ClientDocumentException failure) => failure.IsUnreachable ? given.FindShipped(url) : null;

    /// <param name="url">A valid URL.</param>
    /// <param name="caller">The address for which it is fetched; <see langword="null"/> if no limit by address applies.</param>
    /// <param name="known">The cached record, if any.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="ClientDocumentException">There is no valid document, or it is currently unavailable.</exception>
    public async Task<ClientDocumentRecord> LoadAsync(
        string url,
        string? caller,
        ClientDocumentRecord? known,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var loaded = await LoadNowAsync(new(url, caller, known?.Client is not null), known, cancellationToken);
            budget.Trust(new Uri(url).Host);
            return loaded;
        }
        catch (ClientDocumentException exception)
            when (!exception.IsOverBudget && known?.Client is null && FindStandIn(url, exception) is null)
        {
            await budget.ChargeFailureAsync(caller);
            throw;
        }
    }

    private async Task<ClientDocumentRecord> LoadNowAsync(
        FetchOrder order,
        ClientDocumentRecord? known,
        CancellationToken cancellationToken
    )
    {
        var fetched = await FetchAsync(order, known?.Client is null ? null : known.EntityTag, cancellationToken);
        var read = fetched.Body is { } body ? ClientDocumentReader.Read(order.Url, body) : known!.Client!.Metadata;
        JsonElement? keys = null;
        if (read is { HasKeys: true, JwksUri: { } keysUrl })
        {
            (keys, var fetchedKeys) = await FetchKeysAsync(order with { Url = keysUrl }, cancellationToken);
            fetched = fetched.TogetherWith(fetchedKeys);
        }

        var now = clock.GetUtcNow();
        var client = new ClientRecord
        {
            ClientId = order.Url,
            Metadata = reader.Complete(read, keys),
            // Of the document's own text: this server's interpretation, and keys replaced behind jwks_uri, do not change what a user has
            // consented to.
            MetadataHash = fetched.Body is null ? known!.Client!.MetadataHash : read.Hash(),
            CreatedAt = known?.Client?.CreatedAt ?? now,
            ExpiresAt = now,
        };
        return Describe(client, fetched, now);
    }

    /// <summary>Fetches the key set of a registered client.</summary>
    /// <param name="url">A valid URL.</param>
    /// <param name="caller">As for a document.</param>
    /// <param name="isKnown">Whether it was fetched before.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="ClientDocumentException">There is no key set, or it is currently unavailable.</exception>
    public async Task<ClientKeySet> LoadKeysAsync(string url, string? caller, bool isKnown, CancellationToken cancellationToken)
    {
        try
        {
            var (keys, fetched) = await FetchKeysAsync(new FetchOrder(url, caller, isKnown), cancellationToken);
            var (again, usable) = TimesOf(fetched, clock.GetUtcNow());
            return new ClientKeySet(keys, again, usable);
        }
        catch (ClientDocumentException exception) when (!exception.IsOverBudget && !isKnown)
        {
            await budget.ChargeFailureAsync(caller);
            throw;
        }
    }

    private ClientDocumentRecord Describe(ClientRecord client, FetchedDocument fetched, DateTimeOffset now)
    {
        var (again, usable) = TimesOf(fetched, now);
        return new ClientDocumentRecord
        {
            ClientId = client.ClientId,
            EntityTag = fetched.EntityTag,
            FetchAgainAt = again,
            UsableUntil = usable,
            Client = client with { ExpiresAt = usable },
        };
    }

    private (DateTimeOffset FetchAgainAt, DateTimeOffset UsableUntil) TimesOf(FetchedDocument fetched, DateTimeOffset now)
    {
        var lifetime = Clamp(fetched.Freshness);
        // must-revalidate does not shorten this: hosts send it by default, and the operator limits the time.
        return (now + lifetime, now + lifetime + (fetched.MayOutliveFreshness ? Settings.StaleIfError : TimeSpan.Zero));
    }

    private async Task<(JsonElement Keys, FetchedDocument Fetched)> FetchKeysAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        if (FindProblem(order.Url) is not null)
        {
            throw ClientDocumentException.Refused("The jwks_uri is not an https URL from which this server would fetch a key set.");
        }

        var fetched = await FetchAsync(order, entityTag: null, cancellationToken);
        try
        {
            using var keys = JsonDocument.Parse(fetched.Body);
            return (keys.RootElement.Clone(), fetched);
        }
        catch (JsonException exception)
        {
            throw ClientDocumentException.Refused("The key set at the jwks_uri is not JSON.", exception);
        }
    }

    private async Task<FetchedDocument> FetchAsync(FetchOrder order, string? entityTag, CancellationToken cancellationToken)
    {
        var parsed = new Uri(order.Url);
        await budget.SpendAsync(parsed.Host, order.Caller, order.IsKnown);
        return await fetcher.FetchAsync(parsed, order.Caller, entityTag, cancellationToken);
    }

    private TimeSpan Clamp(TimeSpan? freshness) =>
        freshness is not { } stated || stated < Settings.MinimumCacheLifetime ? Settings.MinimumCacheLifetime
        : stated > Settings.MaximumCacheLifetime ? Settings.MaximumCacheLifetime
        : stated;

    /// <summary>What is fetched, for whom, and whether its client is known here.</summary>
    private sealed record FetchOrder(string Url, string? Caller, bool IsKnown);
}
