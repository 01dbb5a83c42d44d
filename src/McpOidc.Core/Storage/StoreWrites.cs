using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>Tracks whether the store accepts writes. A full store still answers reads and seems healthy to a process that only
/// reads.</summary>
internal sealed partial class StoreWrites(ILogger<StoreWrites> logger)
{
    private int _failing;

    /// <summary>Whether the last write failed.</summary>
    public bool AreFailing => Volatile.Read(ref _failing) == 1;

    public void Failed()
    {
        if (Interlocked.Exchange(ref _failing, 1) == 0)
        {
            LogFailing();
        }
    }

    public void Succeeded()
    {
        if (AreFailing && Interlocked.Exchange(ref _failing, 0) == 1)
        {
            LogRight();
        }
    }

    [LoggerMessage(
        2834,
        LogLevel.Warning,
        "The store accepted no write: it is full, read-only or unreachable. Sign-ins, refreshes and revocations are answered with 503."
    )]
    private partial void LogFailing();

    [LoggerMessage(2835, LogLevel.Information, "The store accepts writes again.")]
    private partial void LogRight();
}
