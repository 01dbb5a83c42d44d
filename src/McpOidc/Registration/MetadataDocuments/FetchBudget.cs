using McpOidc.RateLimits;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// How often documents are fetched, from one host and in all: whoever sends us thousands of different URLs on a victim's host shall not
/// have us ask that host a thousand times (draft §6.5).
/// </summary>
internal sealed class FetchBudget(RateLimiter limiter, RateLimitSet limits)
{
    /// <exception cref="ClientDocumentException">The host was asked too often, or too many were.</exception>
    public async ValueTask SpendAsync(string host)
    {
        if (await limiter.SpendAsync(limits.DocumentFetchesOfHost, host.ToLowerInvariant()) is not null)
        {
            throw ClientDocumentException.OverBudget("The host of the document was asked too often within this minute.");
        }

        if (await limiter.SpendAsync(limits.DocumentFetches, RateLimitSet.Everybody) is not null)
        {
            throw ClientDocumentException.OverBudget("Too many documents were fetched within this minute.");
        }
    }
}
