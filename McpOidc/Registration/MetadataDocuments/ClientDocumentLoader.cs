using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.Storage.OpenIddict;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>Makes a client of the document at its id, and of the keys that the document points to.</summary>
internal sealed class ClientDocumentLoader(
    DocumentFetcher fetcher, ClientDocumentReader reader, DomainPolicy domains, FetchBudget budget, IOptions<RegistrationOptions> options, TimeProvider clock)
{
    private const string PrivateKeyJwt = "private_key_jwt";

    private ClientIdMetadataDocumentOptions Settings => options.Value.ClientIdMetadataDocuments;

    /// <summary>Why nothing may be fetched from the URL; nothing is resolved for this.</summary>
    public string? FindProblem(string url)
        => ClientIdUrl.FindProblem(url, Settings.AllowLoopback) is { } problem ? $"The client_id {problem}."
            : domains.Allows(new Uri(url).Host) ? null
            : "The operator of this server does not accept clients of this domain.";

    /// <param name="url">A URL without a problem.</param>
    /// <param name="known">What is known so far.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClientDocumentException">There is no valid document, or none now.</exception>
    public async Task<ClientDocumentRecord> LoadAsync(string url, ClientDocumentRecord? known, CancellationToken cancellationToken)
    {
        var fetched = await FetchAsync(url, known?.Client is null ? null : known.EntityTag, cancellationToken);
        var read = fetched.Body is { } body ? ClientDocumentReader.Read(url, body) : known!.Client!.Metadata;
        var freshness = fetched.Freshness;
        JsonElement? keys = null;
        if (read is { TokenEndpointAuthMethod: PrivateKeyJwt, JwksUri: { } keysUrl })
        {
            (keys, var keysFreshness) = await FetchKeysAsync(keysUrl, cancellationToken);
            // Whoever replaces a key says by its headers how soon that has to be known.
            freshness = keysFreshness < freshness || freshness is null ? keysFreshness : freshness;
        }

        return Describe(url, reader.Complete(read, keys), fetched, Clamp(freshness), known?.Client);
    }

    private ClientDocumentRecord Describe(string url, ClientMetadata metadata, FetchedDocument fetched, TimeSpan lifetime, ClientRecord? before)
    {
        var now = clock.GetUtcNow();
        // must-revalidate does not shorten this: hosts send it by default, and the operator bounds the time.
        var usableUntil = now + lifetime + (fetched.MayOutliveFreshness ? Settings.StaleIfError : TimeSpan.Zero);
        return new ClientDocumentRecord
        {
            ClientId = url,
            EntityTag = fetched.EntityTag,
            FetchAgainAt = now + lifetime,
            UsableUntil = usableUntil,
            Client = new ClientRecord
            {
                ClientId = url,
                Metadata = metadata,
                // Keys that are replaced behind jwks_uri change nothing that a person has consented to.
                MetadataHash = ClientStore.HashOf(metadata.JwksUri is null ? metadata : metadata with { Jwks = null }),
                CreatedAt = before?.CreatedAt ?? now,
                ExpiresAt = usableUntil,
            },
        };
    }

    private async Task<(JsonElement Keys, TimeSpan? Freshness)> FetchKeysAsync(string url, CancellationToken cancellationToken)
    {
        if (FindProblem(url) is not null)
        {
            throw ClientDocumentException.Refused("The jwks_uri of the document is not an https URL from which this server would fetch a document.");
        }

        var fetched = await FetchAsync(url, entityTag: null, cancellationToken);
        try
        {
            using var keys = JsonDocument.Parse(fetched.Body);
            return (keys.RootElement.Clone(), fetched.Freshness);
        }
        catch (JsonException exception)
        {
            throw ClientDocumentException.Refused("The key set at the jwks_uri of the document is not JSON.", exception);
        }
    }

    private Task<FetchedDocument> FetchAsync(string url, string? entityTag, CancellationToken cancellationToken)
    {
        var parsed = new Uri(url);
        budget.Spend(parsed.Host);
        return fetcher.FetchAsync(parsed, entityTag, cancellationToken);
    }

    private TimeSpan Clamp(TimeSpan? freshness)
        => freshness is not { } stated || stated < Settings.MinimumCacheLifetime ? Settings.MinimumCacheLifetime
            : stated > Settings.MaximumCacheLifetime ? Settings.MaximumCacheLifetime
            : stated;
}
