using System.Collections.Concurrent;
using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Keys;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// The key sets at the <c>jwks_uri</c> of registered clients, fetched under the rules for metadata documents. Each process caches them in
/// memory: unlike a document, a key set affects only the client's own requests.
/// </summary>
internal sealed class ClientKeySets(
    ClientDocumentLoader loader,
    FetchBudget budget,
    IOptions<RegistrationOptions> options,
    TimeProvider clock
)
{
    private const int MaximumKept = 1_000;
    private readonly ConcurrentDictionary<string, ClientKeySet> _kept = new(StringComparer.Ordinal);
    private readonly SingleFlight<ClientKeySet> _flights = new();

    /// <summary>Why the URL must not be fetched; nothing is resolved for this.</summary>
    public string? FindProblem(string url) =>
        loader.FindProblem(url) is null ? null : "jwks_uri is not an https URL from which this server would fetch a key set";

    /// <summary>The key set, whatever it contains.</summary>
    /// <param name="url">A valid URL.</param>
    /// <param name="keyId">The required key: if a set lacks it, its client has replaced a key, and the set is fetched again, though not at
    /// every request that names an unknown key.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="ClientDocumentException">There is none, or it is currently unavailable.</exception>
    public async ValueTask<JsonElement> FindAsync(string url, string? keyId, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(url, out var known) && clock.GetUtcNow() < (known.Has(keyId) ? known.FetchAgainAt : known.LookAgainAt))
        {
            return known.Keys;
        }

        var caller = budget.FindCaller(isKnown: known is not null);
        return (await _flights.RunAsync(url, () => FetchAsync(url, caller, known), cancellationToken)).Keys;
    }

    private async Task<ClientKeySet> FetchAsync(string url, string? caller, ClientKeySet? known)
    {
        try
        {
            var fetched = await loader.LoadKeysAsync(url, caller, known is not null, CancellationToken.None);
            if (_kept.Count >= MaximumKept)
            {
                _kept.Clear();
            }

            return _kept[url] = known is null ? fetched : fetched with { LookAgainAt = Soon };
        }
        catch (ClientDocumentException exception) when (exception.IsTemporary && known is not null && clock.GetUtcNow() < known.UsableUntil)
        {
            // A caller over its budget must not delay the fetch for others.
            return exception.IsOverBudget ? known : _kept[url] = known with { FetchAgainAt = Soon, LookAgainAt = Soon };
        }
    }

    private DateTimeOffset Soon => clock.GetUtcNow() + options.Value.ClientIdMetadataDocuments.FailureCacheLifetime;
}

/// <summary>A cached key set.</summary>
/// <param name="Keys">The set, as fetched.</param>
/// <param name="FetchAgainAt">Until then nothing is fetched.</param>
/// <param name="UsableUntil">Until then the copy is used while the host fails.</param>
internal sealed record ClientKeySet(JsonElement Keys, DateTimeOffset FetchAgainAt, DateTimeOffset UsableUntil)
{
    private readonly HashSet<string> _keyIds = [.. PublicKeySet.Usable(Keys.GetRawText()).Select(key => key.Kid).OfType<string>()];

    /// <summary>Until then nothing is fetched for a missing key.</summary>
    public DateTimeOffset LookAgainAt { get; init; }

    /// <summary>Whether it may contain a key, judging by the key's name.</summary>
    public bool Has(string? keyId) => string.IsNullOrEmpty(keyId) || _keyIds.Contains(keyId);
}
