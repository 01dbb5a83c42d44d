using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace McpOidc.Keys;

/// <summary>
/// Logs that something was rejected because of its times, and by how much. If clocks differ, this is the only symptom. At most one line
/// per minute and kind, because untrusted callers can cause any number.
/// </summary>
internal sealed partial class RefusedTimes(TimeProvider clock, ILogger<RefusedTimes> logger)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string What, bool IsEarly), long> _saidAt = new();

    /// <param name="what">What was rejected.</param>
    /// <param name="begins">When it becomes valid.</param>
    public void Early(string what, DateTimeOffset begins)
    {
        if (IsTime(what, isEarly: true))
        {
            LogEarly(what, (begins - clock.GetUtcNow()).TotalSeconds);
        }
    }

    /// <param name="what">What was rejected.</param>
    /// <param name="ended">When it expired.</param>
    public void Late(string what, DateTimeOffset ended)
    {
        if (IsTime(what, isEarly: false))
        {
            LogLate(what, (clock.GetUtcNow() - ended).TotalSeconds);
        }
    }

    private bool IsTime(string what, bool isEarly)
    {
        // Monotonic time: the wall clock is in doubt here.
        var now = clock.GetTimestamp();
        if (_saidAt.TryGetValue((what, isEarly), out var saidAt) && clock.GetElapsedTime(saidAt, now) < s_interval)
        {
            return false;
        }

        _saidAt[(what, isEarly)] = now;
        return true;
    }

    [LoggerMessage(
        2832,
        LogLevel.Warning,
        "{What} was rejected: by this machine's clock, it becomes valid in {Seconds:0} seconds. Either this clock is slow, or the clock of "
            + "the machine that created it is fast."
    )]
    private partial void LogEarly(string what, double seconds);

    [LoggerMessage(
        2833,
        LogLevel.Information,
        "{What} was rejected: by this machine's clock, it expired {Seconds:0} seconds ago. If it was new, either this clock is fast, or "
            + "the clock of the machine that created it is slow."
    )]
    private partial void LogLate(string what, double seconds);
}
