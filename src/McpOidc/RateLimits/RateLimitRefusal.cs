namespace McpOidc.RateLimits;

/// <summary>Something was asked too often.</summary>
/// <param name="Limit">The limit that was reached.</param>
/// <param name="RetryAfter">Whole seconds until it opens again.</param>
/// <param name="IsFirst">Whether it is the first refusal of this window here; the others would fill the logs.</param>
internal sealed record RateLimitRefusal(string Limit, int RetryAfter, bool IsFirst);
