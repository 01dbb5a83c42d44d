using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Timeline;

/// <summary>Stores what led to an error page, by the reference on the page, for a day and within limits, because anyone can cause error
/// pages.</summary>
internal sealed partial class TimelineKeeper(
    RecordStore records,
    SignInTrail trail,
    RateLimiter limiter,
    CallerAddress addresses,
    TimeProvider clock,
    ILogger<TimelineKeeper> logger
)
{
    /// <summary>How long a timeline is kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int MaximumRequest = 100;

    /// <summary>
    /// Limits per address and in total, per minute, across all processes. Sign-ins in progress are counted separately, so that error pages
    /// of attackers do not displace them. The first one of an address per minute is counted separately too, so that a few addresses with
    /// many error pages do not displace another's only one. <see cref="IStrangerLedger"/> limits the total size in the store.
    /// </summary>
    private static readonly RateLimit s_ofAddress = RateLimitSet.ByAddress("timelines-of-address", 12, TimeSpan.FromMinutes(1));
    private static readonly RateLimit s_firstOfAddress = RateLimitSet.ByAddress("timelines-first-of-address", 1, TimeSpan.FromMinutes(1));
    private static readonly RateLimit s_ofFirst = new("timelines-first", 300, TimeSpan.FromMinutes(1));
    private static readonly RateLimit s_ofAll = new("timelines", 60, TimeSpan.FromMinutes(1));
    private static readonly RateLimit s_ofSignIns = new("timelines-of-sign-ins", 300, TimeSpan.FromMinutes(1));

    public async Task KeepAsync(HttpContext context, string reference, string reason)
    {
        if (!await MayKeepAsync(addresses.KeyOf(context)))
        {
            return;
        }

        var record = new TimelineRecord
        {
            At = clock.GetUtcNow(),
            Reason = reason,
            Request = string.Concat($"{context.Request.Method} {context.Request.Path}".Take(MaximumRequest)),
            Device = DeviceName.From(context.Request.Headers[HeaderNames.UserAgent].ToString()),
            Trace = RequestTrace.Of(context),
            Steps = trail.Steps,
        };
        try
        {
            // Not with the request's cancellation token: a user who closes the page may have noted the reference.
            await records.AddAsync(ServerKeys.Timeline, reference, record, record.At + Lifetime, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogNotKept(reference, exception);
        }
        catch (StrangersFullException)
        {
            // The page is shown in any case; the timeline is less important than the space.
        }
    }

    private async ValueTask<bool> MayKeepAsync(string? address)
    {
        if (await limiter.SpendAsync(s_ofAddress, address) is not null)
        {
            return false;
        }

        var isFirst = address is not null && await limiter.SpendAsync(s_firstOfAddress, address) is null;
        return (isFirst && await limiter.SpendAsync(s_ofFirst, RateLimitSet.Everybody) is null)
            || await limiter.SpendAsync(trail.Continues ? s_ofSignIns : s_ofAll, RateLimitSet.Everybody) is null;
    }

    [LoggerMessage(1902, LogLevel.Warning, "Storing the timeline of error page {Reference} failed: the store is unreachable.")]
    private partial void LogNotKept(string reference, Exception exception);
}
