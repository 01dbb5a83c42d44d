using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Hosting;

/// <summary>Keeps every line that a host logs, at every level that its filters let through.</summary>
public sealed class LogSink : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Waits for a line that contains the text.</summary>
    public async Task<string> WaitForAsync(string text, TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        string? line;
        while ((line = _lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal))) is null)
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }

        return line;
    }

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose() { }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue($"{logLevel} {category}[{eventId.Id}] {formatter(state, exception)} {exception}");
    }
}
