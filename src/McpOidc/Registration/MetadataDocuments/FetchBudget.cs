using System.Collections.Concurrent;
using McpOidc.RateLimits;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Limits fetches per address, per host and in total, so that an attacker who sends thousands of URLs on a victim's host cannot make us
/// call that host a thousand times (draft §6.5), or use up the budget of other users' clients.
/// </summary>
internal sealed class FetchBudget(RateLimiter limiter, RateLimitSet limits, CallerAddress addresses, IHttpContextAccessor http)
{
    private const int MaximumTrusted = 1_000;

    // A failure counts three times: few callers have many clients without a document.
    private const int CostOfFailure = 2;
    private readonly ConcurrentDictionary<string, byte> _trusted = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the host has returned a valid document to this process.</summary>
    public bool IsTrusted(string host) => _trusted.ContainsKey(host);

    public void Trust(string host)
    {
        if (_trusted.Count < MaximumTrusted)
        {
            _trusted.TryAdd(host, 0);
        }
    }

    /// <summary>
    /// Determines whose budget the fetches of this request count against. An address has a separate one for known clients, so that what
    /// strangers there send does not keep its users' clients from being fetched; a stranger can own known clients too. Rejects a caller
    /// whose budget is used up, before others wait for the fetch of an unknown client too.
    /// </summary>
    /// <returns><see langword="null"/> if no limit by address applies.</returns>
    /// <exception cref="ClientDocumentException">The address has reached its limit, and there is no earlier copy to use.</exception>
    public string? FindCaller(bool isKnown)
    {
        var address = http.HttpContext is { } context ? addresses.KeyOf(context) : null;
        if (isKnown)
        {
            return address is null ? null : address + "\nknown";
        }

        return limiter.Find(limits.DocumentFetchesOfAddress, address) is null ? address : throw TooManyOfCaller();
    }

    /// <param name="host">The document's host.</param>
    /// <param name="caller">Whose budget it counts against; <see langword="null"/> if no limit by address applies.</param>
    /// <param name="isKnown">Whether the client is known here: its document is fetched from a separate budget.</param>
    /// <exception cref="ClientDocumentException">The limit of the address or the host, or the total limit, is reached.</exception>
    public async ValueTask SpendAsync(string host, string? caller, bool isKnown)
    {
        if (await limiter.SpendAsync(limits.DocumentFetchesOfAddress, caller) is not null)
        {
            throw TooManyOfCaller();
        }

        if (await limiter.SpendAsync(limits.DocumentFetchesOfHost, host.ToLowerInvariant() + (isKnown ? "\nknown" : "")) is not null)
        {
            throw ClientDocumentException.OverBudget("Too many requests were made to the document's host within this minute.");
        }

        var ofAll = isKnown || IsTrusted(host) ? limits.DocumentFetchesOfTrusted : limits.DocumentFetches;
        if (await limiter.SpendAsync(ofAll, ofAll == limits.DocumentFetches ? RateLimitSet.Everybody : "trusted") is not null)
        {
            throw ClientDocumentException.OverBudget("Too many documents were fetched within this minute.");
        }
    }

    /// <summary>There was no valid document, which counts against the caller.</summary>
    public async ValueTask ChargeFailureAsync(string? caller) =>
        await limiter.SpendAsync(limits.DocumentFetchesOfAddress, caller, CostOfFailure);

    private static ClientDocumentException TooManyOfCaller() =>
        ClientDocumentException.OverBudget("Too many documents were requested from this address.");
}
