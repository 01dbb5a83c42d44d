using System.Collections.Concurrent;
using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// The answers that are under way. A token is looked at when a request comes, and an answer may stream for hours after: one whose sign-in has
/// ended meanwhile is cut off, and so is a stream that only waits for news when its token has ended. A call that runs is let finish then.
/// </summary>
internal sealed partial class OpenStreams(LiveSessions sessions, IOptions<ProtectionOptions> options, TimeProvider clock, ILogger<OpenStreams> log) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<OpenStream, bool> _open = new();

    public void Add(OpenStream stream) => _open.TryAdd(stream, true);

    public void Remove(OpenStream stream) => _open.TryRemove(stream, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Real time: how long somebody waits does not depend on what time it is.
        using var pulse = new PeriodicTimer(s_pause);
        try
        {
            while (await pulse.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var (stream, _) in _open)
                {
                    await CheckAsync(stream, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, and ends what is open by itself.
        }
    }

    private async ValueTask CheckAsync(OpenStream stream, CancellationToken cancellationToken)
    {
        var isOver = stream.EndsAt is { } end && end + options.Value.ClockSkew <= clock.GetUtcNow();
        // The same answer as for a request: live, ended, or not to be told for longer than is tolerated.
        if (isOver || await sessions.IsLiveAsync(stream.GrantId, stream.Subject, cancellationToken) != true)
        {
            CutOff(log, stream.Subject, isOver);
            Remove(stream);
            stream.Http.Abort();
        }
    }

    [LoggerMessage(1607, LogLevel.Information, "An answer to {Subject} was cut off while it streamed. Token over: {TokenIsOver}; else the sign-in has ended.")]
    private static partial void CutOff(ILogger log, string subject, bool tokenIsOver);
}

/// <summary>An answer under way.</summary>
/// <param name="Http">Its request.</param>
/// <param name="GrantId">The sign-in behind the token.</param>
/// <param name="Subject">The person or client.</param>
/// <param name="EndsAt">When the token ends, if the answer has to end with it.</param>
internal sealed record OpenStream(HttpContext Http, string GrantId, string Subject, DateTimeOffset? EndsAt)
{
    // Two requests are two, whatever they have in common.
    public bool Equals(OpenStream? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
