using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Timeline;

/// <summary>Keeps what led to an error page under the reference that the page shows, for a day and within limits: strangers can ask for
/// error pages.</summary>
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
    /// So many from one address, and so many in all, in a minute, by all processes; sign-ins under way are counted by themselves, so that
    /// nobody's is pushed out by error pages that strangers ask for. The first of an address in a minute is counted by itself too: a few
    /// addresses that ask for many push out nobody's only one. What lies in the store is bounded by <see cref="IStrangerLedger"/>.
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
            // Not with the request's cancellation: whoever closes the page may have noted the reference.
            await records.AddAsync(ServerKeys.Timeline, reference, record, record.At + Lifetime, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogNotKept(reference, exception);
        }
        catch (StrangersFullException)
        {
            // The page is shown all the same; what led to it is worth less than the room.
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

    [LoggerMessage(1902, LogLevel.Warning, "What led to the error page {Reference} could not be kept: the store is away.")]
    private partial void LogNotKept(string reference, Exception exception);
}
