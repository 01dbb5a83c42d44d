using System.Buffers.Binary;
using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.RateLimits;

/// <summary>
/// Counts over all processes, and asks the store for a tenth of what it counts: each process counts for itself and adds what it has to the
/// shared count every tenth of a limit. A store that is away leaves each process with its own count.
/// </summary>
internal sealed partial class RateLimiter(
    IMcpOidcStore store,
    IOptions<RateLimitOptions> options,
    TimeProvider clock,
    ILogger<RateLimiter> logger
)
{
    private readonly RateLimitWindows _windows = new(clock);

    /// <summary>Whether a limit is reached; counts nothing, and asks nobody.</summary>
    public RateLimitRefusal? Find(RateLimit limit, string? key) =>
        !Applies(limit, key) ? null
        : _windows.Find(limit, OpaqueToken.Hash(key!)) is { } window && window.Count >= limit.Permits ? Refuse(limit, window)
        : limit.OfNetwork is { } wider ? Find(wider, CallerAddress.NetworkOf(key!))
        : null;

    /// <summary>Counts.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="key">What is limited; <see langword="null"/> for what is not.</param>
    /// <param name="amount">How many at once.</param>
    /// <returns><see langword="null"/> when the limit is not reached; otherwise nothing was counted.</returns>
    public async ValueTask<RateLimitRefusal?> SpendAsync(RateLimit limit, string? key, int amount = 1)
    {
        if (!Applies(limit, key))
        {
            return null;
        }

        var hash = OpaqueToken.Hash(key!);
        var window = _windows.Open(limit, hash);
        if (!window.TrySpend(limit, out var toTell, amount))
        {
            return Refuse(limit, window);
        }

        if (toTell > 0)
        {
            window.Told(toTell, await AddToSharedAsync(ServerKeys.RateLimit(limit.Name, hash, window.End), toTell, window.End));
        }

        return limit.OfNetwork is { } wider ? await SpendAsync(wider, CallerAddress.NetworkOf(key!), amount) : null;
    }

    /// <summary>Takes back one that was counted before it was known whether it counts.</summary>
    public void GiveBack(RateLimit limit, string? key)
    {
        if (!Applies(limit, key))
        {
            return;
        }

        _windows.Find(limit, OpaqueToken.Hash(key!))?.GiveBack();
        if (limit.OfNetwork is { } wider)
        {
            GiveBack(wider, CallerAddress.NetworkOf(key!));
        }
    }

    private bool Applies(RateLimit limit, string? key) => options.Value.Enabled && limit.Permits > 0 && key is not null;

    private RateLimitRefusal Refuse(RateLimit limit, RateLimitWindow window)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling((window.End - clock.GetUtcNow()).TotalSeconds));
        var isFirst = window.Refuse();
        if (isFirst)
        {
            LogReached(limit.Name, limit.Permits, seconds);
        }

        return new RateLimitRefusal(limit.Name, seconds, isFirst);
    }

    // Not with the caller's cancellation: a caller who hangs up at this moment would be counted by nobody.
    private async Task<long?> AddToSharedAsync(string key, int count, DateTimeOffset end)
    {
        try
        {
            var total = 0L;
            await store.ChangeAsync(
                key,
                found =>
                {
                    total = count + (found is null ? 0 : BinaryPrimitives.ReadInt64BigEndian(found.Value.Span));
                    var value = new byte[sizeof(long)];
                    BinaryPrimitives.WriteInt64BigEndian(value, total);
                    return new(new StoreWrite(value, end));
                },
                CancellationToken.None
            );
            return total;
        }
        catch (StoreUnavailableException exception)
        {
            LogAlone(exception);
            return null;
        }
    }

    [LoggerMessage(2401, LogLevel.Warning, "The limit {Limit} of {Permits} is reached; it opens again in {Seconds} s.")]
    private partial void LogReached(string limit, int permits, int seconds);

    [LoggerMessage(2402, LogLevel.Warning, "Limits are counted by this process alone: the store is away.")]
    private partial void LogAlone(Exception exception);
}
