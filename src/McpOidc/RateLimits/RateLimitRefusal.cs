namespace McpOidc.RateLimits;

/// <summary>A limit was reached.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="RetryAfter">Seconds until the next window.</param>
/// <param name="IsFirst">Whether it is the first rejection in this window and process; the others would fill the log.</param>
internal sealed record RateLimitRefusal(string Limit, int RetryAfter, bool IsFirst);
