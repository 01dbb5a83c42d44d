using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>Whether the store takes writes. A full one still answers reads, and looks well to whoever only reads.</summary>
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
        "The store took no write: it is full, read-only or away. What has to be stored (sign-ins, refreshes, revocations) is answered 503."
    )]
    private partial void LogFailing();

    [LoggerMessage(2835, LogLevel.Information, "The store takes writes again.")]
    private partial void LogRight();
}
