using System.Globalization;
using Microsoft.Extensions.Logging;

namespace McpOidc.Audit;

/// <summary>Passes every audit event to the ring too, whatever the log's own filters.</summary>
internal sealed class AuditRingLogger(ILogger inner, AuditRing ring) : ILogger
{
    private const string Template = "{OriginalFormat}";

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (inner.IsEnabled(logLevel))
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }

        if (state is IEnumerable<KeyValuePair<string, object?>> fields)
        {
            ring.Add(
                eventId.Name ?? "",
                logLevel.ToString(),
                fields
                    // They come in reverse order.
                    .Reverse()
                    .Where(field => field.Key != Template && field.Value is not null)
                    .ToDictionary(
                        field => field.Key,
                        field => Convert.ToString(field.Value, CultureInfo.InvariantCulture) ?? "",
                        StringComparer.Ordinal
                    )
            );
        }
    }
}
