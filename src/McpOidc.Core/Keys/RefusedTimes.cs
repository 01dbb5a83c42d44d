using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace McpOidc.Keys;

/// <summary>
/// Says that something was refused for its times, and by how much: where clocks differ this is all that shows. One line a minute for each
/// kind, for strangers may send any number.
/// </summary>
internal sealed partial class RefusedTimes(TimeProvider clock, ILogger<RefusedTimes> logger)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string What, bool IsEarly), long> _saidAt = new();

    /// <param name="what">What was refused.</param>
    /// <param name="begins">From when on it would be good.</param>
    public void Early(string what, DateTimeOffset begins)
    {
        if (IsTime(what, isEarly: true))
        {
            LogEarly(what, (begins - clock.GetUtcNow()).TotalSeconds);
        }
    }

    /// <param name="what">What was refused.</param>
    /// <param name="ended">Until when it was good.</param>
    public void Late(string what, DateTimeOffset ended)
    {
        if (IsTime(what, isEarly: false))
        {
            LogLate(what, (clock.GetUtcNow() - ended).TotalSeconds);
        }
    }

    private bool IsTime(string what, bool isEarly)
    {
        // Of the machine, and not of the day: the clock is what is in doubt.
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
        "{What} was refused: by the clock of this machine it begins in {Seconds:0} seconds. Either this clock is behind, or the one of the "
            + "machine that made it is ahead."
    )]
    private partial void LogEarly(string what, double seconds);

    [LoggerMessage(
        2833,
        LogLevel.Information,
        "{What} was refused: by the clock of this machine it ended {Seconds:0} seconds ago. If it was new, either this clock is ahead, or "
            + "the one of the machine that made it is behind."
    )]
    private partial void LogLate(string what, double seconds);
}
