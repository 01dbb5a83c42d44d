using System.Buffers.Binary;
using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.RateLimits;

/// <summary>
/// Counts across all processes with few store operations: each process counts locally and adds its count to the shared one after every
/// tenth of a limit. While the store is unreachable, each process uses its own count.
/// </summary>
internal sealed partial class RateLimiter(
    IMcpOidcStore store,
    IOptions<RateLimitOptions> options,
    TimeProvider clock,
    ILogger<RateLimiter> logger
)
{
    private readonly RateLimitWindows _windows = new(clock);

    /// <summary>Whether a limit is reached; neither counts nor reads the store.</summary>
    public RateLimitRefusal? Find(RateLimit limit, string? key) =>
        !Applies(limit, key) ? null
        : _windows.Find(limit, OpaqueToken.Hash(key!)) is { } window && window.Count >= limit.Permits ? Refuse(limit, window)
        : limit.OfNetwork is { } wider ? Find(wider, CallerAddress.NetworkOf(key!))
        : null;

    /// <summary>Counts.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="key">The limited key; <see langword="null"/> if the limit does not apply.</param>
    /// <param name="amount">How many at once.</param>
    /// <returns><see langword="null"/> if the limit is not reached; otherwise nothing was counted.</returns>
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

    /// <summary>Undoes a count made before it was known whether it applies.</summary>
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

    // Not with the caller's cancellation token: a caller that disconnects now would not be counted.
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

    [LoggerMessage(2401, LogLevel.Warning, "The limit {Limit} of {Permits} has been reached; it resets in {Seconds} s.")]
    private partial void LogReached(string limit, int permits, int seconds);

    [LoggerMessage(2402, LogLevel.Warning, "Rate limits are counted per process: the store is unreachable.")]
    private partial void LogAlone(Exception exception);
}
