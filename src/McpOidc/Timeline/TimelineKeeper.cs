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
    /// nobody's is pushed out by error pages that strangers ask for. At the most some 500,000 lie in the store at a time, of about 1 kB.
    /// </summary>
    private static readonly RateLimit s_ofAddress = new("timelines-of-address", 12, TimeSpan.FromMinutes(1));
    private static readonly RateLimit s_ofAll = new("timelines", 60, TimeSpan.FromMinutes(1));
    private static readonly RateLimit s_ofSignIns = new("timelines-of-sign-ins", 300, TimeSpan.FromMinutes(1));

    public async Task KeepAsync(HttpContext context, string reference, string reason)
    {
        if (
            await limiter.SpendAsync(s_ofAddress, addresses.KeyOf(context)) is not null
            || await limiter.SpendAsync(trail.Continues ? s_ofSignIns : s_ofAll, RateLimitSet.Everybody) is not null
        )
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
    }

    [LoggerMessage(1902, LogLevel.Warning, "What led to the error page {Reference} could not be kept: the store is away.")]
    private partial void LogNotKept(string reference, Exception exception);
}
