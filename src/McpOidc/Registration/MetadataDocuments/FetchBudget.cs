using System.Collections.Concurrent;
using McpOidc.RateLimits;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// How often documents are fetched, for one address, from one host and in all: whoever sends us thousands of different URLs on a victim's
/// host shall not have us ask that host a thousand times (draft §6.5), and shall not use up what other people's clients need.
/// </summary>
internal sealed class FetchBudget(RateLimiter limiter, RateLimitSet limits, CallerAddress addresses, IHttpContextAccessor http)
{
    private const int MaximumTrusted = 1_000;

    // A failure costs its caller three: nobody has many clients without a document.
    private const int CostOfFailure = 2;
    private readonly ConcurrentDictionary<string, byte> _trusted = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the host gave a good document to this process.</summary>
    public bool IsTrusted(string host) => _trusted.ContainsKey(host);

    public void Trust(string host)
    {
        if (_trusted.Count < MaximumTrusted)
        {
            _trusted.TryAdd(host, 0);
        }
    }

    /// <summary>Who pays for what this request has fetched. Turns away whose budget is used up, before others wait for it
    /// too.</summary>
    /// <returns><see langword="null"/> where no limit by address holds.</returns>
    /// <exception cref="ClientDocumentException">The address asked too often.</exception>
    public string? FindCaller()
    {
        var caller = http.HttpContext is { } context ? addresses.KeyOf(context) : null;
        return limiter.Find(limits.DocumentFetchesOfAddress, caller) is null ? caller : throw TooManyOfCaller();
    }

    /// <param name="host">Where it is fetched from.</param>
    /// <param name="caller">The address for which it is; <see langword="null"/> where no limit by address holds, and for what is known
    /// here already.</param>
    /// <param name="isKnown">Whether the client is known here: its document is fetched again, from a share of its own.</param>
    /// <exception cref="ClientDocumentException">The host was asked too often, or too many were.</exception>
    public async ValueTask SpendAsync(string host, string? caller, bool isKnown)
    {
        if (!isKnown && await limiter.SpendAsync(limits.DocumentFetchesOfAddress, caller) is not null)
        {
            throw TooManyOfCaller();
        }

        if (await limiter.SpendAsync(limits.DocumentFetchesOfHost, host.ToLowerInvariant() + (isKnown ? "\nknown" : "")) is not null)
        {
            throw ClientDocumentException.OverBudget("The host of the document was asked too often within this minute.");
        }

        var ofAll = isKnown || IsTrusted(host) ? limits.DocumentFetchesOfTrusted : limits.DocumentFetches;
        if (await limiter.SpendAsync(ofAll, ofAll == limits.DocumentFetches ? RateLimitSet.Everybody : "trusted") is not null)
        {
            throw ClientDocumentException.OverBudget("Too many documents were fetched within this minute.");
        }
    }

    /// <summary>There was no good document: that is the caller's to pay for.</summary>
    public async ValueTask ChargeFailureAsync(string? caller) =>
        await limiter.SpendAsync(limits.DocumentFetchesOfAddress, caller, CostOfFailure);

    private static ClientDocumentException TooManyOfCaller() =>
        ClientDocumentException.OverBudget("Too many documents of clients that are not known here were asked for from this address.");
}
