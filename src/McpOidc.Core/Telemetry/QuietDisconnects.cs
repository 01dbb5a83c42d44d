using Microsoft.Extensions.Logging;

namespace McpOidc.Telemetry;

/// <summary>
/// Logs client disconnects at Information. Kestrel ("processing ended abnormally") and the MCP SDK ("request handler failed") log a
/// warning for each, in lines that also report real failures, so only the exception tells them apart.
/// </summary>
internal sealed class QuietDisconnects(ILoggerFactory inner) : ILoggerFactory
{
    private static readonly string[] s_categories = ["Microsoft.AspNetCore.Server.Kestrel", "ModelContextProtocol."];

    public ILogger CreateLogger(string categoryName) =>
        Array.Exists(s_categories, category => categoryName.StartsWith(category, StringComparison.Ordinal))
            ? new Quiet(inner.CreateLogger(categoryName))
            : inner.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();

    // Canceled by the caller, or a connection that ended (ConnectionResetException, BadHttpRequestException); a tool's own time-out stays
    // a warning.
    private static bool IsDisconnect(Exception? exception) =>
        exception is OperationCanceledException { InnerException: not TimeoutException } or IOException;

    // Kestrel's "Reading is already in progress": the connection was reset in the middle of a body. No other line without an id carries an
    // exception.
    private static bool IsAbnormalEnd(EventId eventId, Exception? exception) => eventId.Id == 0 && exception is InvalidOperationException;

    private sealed class Quiet(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) =>
            inner.Log(
                logLevel == LogLevel.Warning && (IsDisconnect(exception) || IsAbnormalEnd(eventId, exception))
                    ? LogLevel.Information
                    : logLevel,
                eventId,
                state,
                exception,
                formatter
            );
    }
}
