using System.Collections.Concurrent;
using McpOidc.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// The responses in progress. A token is checked when a request arrives, but a response may stream for hours. One whose grant has ended is
/// aborted, and so is a stream that only waits for events once its token has expired. A running call may complete.
/// </summary>
internal sealed partial class OpenStreams(
    LiveSessions sessions,
    IOptions<ResourceServerOptions> options,
    TimeProvider clock,
    ILogger<OpenStreams> log
) : BackgroundService
{
    // Two seconds, including the 1.5 seconds for which cached grants may be outdated.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private readonly ConcurrentDictionary<OpenStream, bool> _open = new();

    public void Add(OpenStream stream) => _open.TryAdd(stream, true);

    public void Remove(OpenStream stream)
    {
        _open.TryRemove(stream, out _);
        stream.Finish();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Real time: a waiting time does not depend on the time of day.
        using var pulse = new PeriodicTimer(s_pause);
        try
        {
            while (await pulse.WaitForNextTickAsync(stoppingToken))
            {
                LookAtAll(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping and closes open responses itself.
        }
    }

    // Checks do not wait for each other: one part of the store may be slow or unreachable.
    private void LookAtAll(CancellationToken cancellationToken)
    {
        foreach (var (stream, _) in _open)
        {
            if (stream.Look.IsCompleted)
            {
                stream.Look = LookAtAsync(stream, cancellationToken);
            }
        }
    }

    private async Task LookAtAsync(OpenStream stream, CancellationToken cancellationToken)
    {
        try
        {
            var isOver = stream.EndsAt is { } end && end + options.Value.ClockSkew <= clock.GetUtcNow();
            if (!isOver && await IsLiveAsync(stream, cancellationToken))
            {
                return;
            }

            _open.TryRemove(stream, out _);
            if (stream.CutOff())
            {
                LogCutOff(log, stream.Subject, isOver);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    // The same result as for a request: live, ended, or unknown for longer than tolerated. A fault in one record affects only its request,
    // and must not stop the checks of others.
    private async Task<bool> IsLiveAsync(OpenStream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await sessions.IsLiveAsync(stream.GrantId, stream.Subject, cancellationToken) == true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFault(log, stream.Subject, exception);
            return false;
        }
    }

    [LoggerMessage(
        1607,
        LogLevel.Information,
        "Aborted a streaming response to {Subject}. Token expired: {TokenIsOver}; otherwise the grant has ended."
    )]
    private static partial void LogCutOff(ILogger log, string subject, bool tokenIsOver);

    [LoggerMessage(1608, LogLevel.Error, "Aborted a streaming response to {Subject}: its grant cannot be read.")]
    private static partial void LogFault(ILogger log, string subject, Exception exception);
}
