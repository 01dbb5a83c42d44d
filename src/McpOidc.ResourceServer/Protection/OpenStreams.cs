using System.Collections.Concurrent;
using McpOidc.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// The answers that are under way. A token is looked at when a request comes, and an answer may stream for hours after: one whose sign-in
/// has ended meanwhile is cut off, and so is a stream that only waits for news when its token has ended. A call that runs is let finish
/// then.
/// </summary>
internal sealed partial class OpenStreams(
    LiveSessions sessions,
    IOptions<ResourceServerOptions> options,
    TimeProvider clock,
    ILogger<OpenStreams> log
) : BackgroundService
{
    // With the second and a half for which what is known of sign-ins may be old, two seconds.
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
        // Real time: how long somebody waits does not depend on what time it is.
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
            // The host stops, and ends what is open by itself.
        }
    }

    // Nobody waits for the look at another: one part of the store may be slow or away.
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
            // The host stops.
        }
    }

    // The same answer as for a request: live, ended, or not to be told for longer than is tolerated. What is wrong with one record is a
    // fault of the one request that needs it, and must not end the watch over the others.
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
        "An answer to {Subject} was cut off while it streamed. Token over: {TokenIsOver}; else the sign-in has ended."
    )]
    private static partial void LogCutOff(ILogger log, string subject, bool tokenIsOver);

    [LoggerMessage(1608, LogLevel.Error, "The sign-in behind an answer to {Subject} cannot be read, and the answer is cut off.")]
    private static partial void LogFault(ILogger log, string subject, Exception exception);
}
