using Microsoft.Extensions.Logging;

namespace McpOidc.Telemetry;

/// <summary>
/// A client that goes away is no warning. Kestrel ("processing ended abnormally") and the MCP SDK ("request handler failed") say one for
/// each, by lines that also say real failures, so what tells them apart is the exception.
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

    // Cancelled by whoever asked, or a connection that ended (ConnectionResetException, BadHttpRequestException); a time-out of a tool's
    // own stays what it is.
    private static bool IsDisconnect(Exception? exception) =>
        exception is OperationCanceledException { InnerException: not TimeoutException } or IOException;

    // Kestrel's "Reading is already in progress": the connection was reset in the middle of a body. No other line of it without an id
    // carries an exception.
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
