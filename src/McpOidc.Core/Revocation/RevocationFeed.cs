using System.Collections.Concurrent;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Revocation;

/// <summary>
/// Follows the log of ended grants: reads it on each signal from the store, and once a second in case a signal was missed. A cached
/// session is valid as long as the log is followed and does not name it.
/// </summary>
internal sealed partial class RevocationFeed(
    RecordStore records,
    IMcpOidcStore store,
    UnstoredRevocations unstored,
    TimeProvider clock,
    ILogger<RevocationFeed> logger
) : BackgroundService
{
    private static readonly TimeSpan s_outage = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(1500);

    // Never disposed, which for them only frees wait handles that nothing asks for: a wait would then not notice its cancellation.
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly SemaphoreSlim _hint = new(0, 1);
    private readonly ConcurrentDictionary<string, long> _ended = new(StringComparer.Ordinal);
    private RevocationLog? _log;
    private long? _keyRing;
    private long _place;
    private long _forgottenBefore;
    private long _hints;
    private long _hintsRead = -1;
    private long _followedAt;
    private long _failedAt;
    private bool _isDeaf;

    /// <summary>How long to wait for a signal before the log is read without one.</summary>
    internal TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Not the host's clock: it measures whether the store still responds, not when something expires.</summary>
    internal TimeProvider RealTime { get; init; } = TimeProvider.System;

    /// <summary>The maximum; beyond it, the ended grants are dropped and every session is looked up again.</summary>
    internal int MaximumRemembered { get; init; } = 50_000;

    /// <summary>When the log was last read to its end, by the host's clock.</summary>
    public DateTimeOffset LastFollowed { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Called when the authorization server's keys have changed.</summary>
    public event Action? KeysChanged;

    /// <summary>Whether the state known here is at most 1.5 seconds old.</summary>
    public bool IsFollowed =>
        Volatile.Read(ref _hintsRead) == Volatile.Read(ref _hints) && RealTime.GetElapsedTime(Volatile.Read(ref _followedAt)) < s_patience;

    // Requests do not queue for a store that was just found unreachable.
    private bool HasJustFailed => Volatile.Read(ref _failedAt) is not 0 and var failedAt && RealTime.GetElapsedTime(failedAt) < s_outage;

    /// <summary>The current position. Take it before looking up a session, and keep it with the result.</summary>
    public long Place => Volatile.Read(ref _place);

    /// <summary>Whether a result from a position is still valid: the log was followed without a gap since, and does not name the
    /// session.</summary>
    public bool Holds(string grantId, long foundAt) =>
        foundAt >= Volatile.Read(ref _forgottenBefore) && !(_ended.TryGetValue(grantId, out var endedAt) && endedAt > foundAt);

    /// <summary>Reads new entries if a signal announced some or the last read is too long ago.</summary>
    /// <returns>Whether the log is being followed.</returns>
    public async ValueTask<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        if (IsFollowed || HasJustFailed)
        {
            return IsFollowed;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            return IsFollowed || (!HasJustFailed && await ReadAsync(cancellationToken));
        }
        finally
        {
            _reading.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IAsyncDisposable? listening = null;
        IAsyncDisposable? hearing = null;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                listening ??= await ListenAsync(() => store.ListenAsync(StoreKeys.RevocationSignal, OnHint, stoppingToken), stoppingToken);
                hearing ??= await ListenAsync(() => unstored.ListenAsync(stoppingToken), stoppingToken);
                await _hint.WaitAsync(await ReadInTurnAsync(stoppingToken) ? Interval : s_retryInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
        finally
        {
            await (listening?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (hearing?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private async Task<bool> ReadInTurnAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return await ReadAsync(cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async ValueTask<IAsyncDisposable?> ListenAsync(Func<ValueTask<IAsyncDisposable?>> listen, CancellationToken cancellationToken)
    {
        try
        {
            return await listen();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Once, and not with each attempt.
            if (!_isDeaf)
            {
                LogDeaf(exception);
                _isDeaf = true;
            }

            return null;
        }
    }

    // Cached results are not used until the log has been read again.
    private void OnHint()
    {
        Interlocked.Increment(ref _hints);
        lock (_ended)
        {
            if (_hint.CurrentCount == 0)
            {
                _hint.Release();
            }
        }
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Taken before reading: a signal that arrives during the read is for the next one.
            var hints = Volatile.Read(ref _hints);
            var begun = RealTime.GetTimestamp();
            var now = clock.GetUtcNow();
            var log = (await records.GetAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, cancellationToken))?.Value;
            Apply(log);
            LastFollowed = now;
            Volatile.Write(ref _followedAt, begun);
            Volatile.Write(ref _hintsRead, hints);
            Volatile.Write(ref _failedAt, 0);
            return true;
        }
        // Also a record that cannot be read: what this loop throws would stop the whole host.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (Interlocked.Exchange(ref _failedAt, RealTime.GetTimestamp()) == 0)
            {
                LogAway(exception);
            }

            return false;
        }
    }

    private void Apply(RevocationLog? log)
    {
        var news = _log is null ? null : log?.After(_log);
        if ((log, _log) is not (null, null) && news is not { Length: 0 })
        {
            Remember(news, _place + 1);
            // Last, so that a lookup that starts from here already sees what the log reported.
            Volatile.Write(ref _place, _place + 1);
        }

        _log = log;
        var known = _keyRing;
        _keyRing = log?.KeyRing ?? 0;
        if (known is not null && known != _keyRing)
        {
            KeysChanged?.Invoke();
        }
    }

    private void Remember(string[]? news, long place)
    {
        if (news is null || _ended.Count > MaximumRemembered)
        {
            // A log that is new, was lost, or is ahead of this reader: discard all earlier results.
            _ended.Clear();
            Volatile.Write(ref _forgottenBefore, place);
            return;
        }

        foreach (var grantId in news)
        {
            _ended[grantId] = place;
        }
    }

    [LoggerMessage(
        1602,
        LogLevel.Warning,
        "The revocation log cannot be read. Cached sessions remain valid for McpOidc:ResourceServer:StoreOutageTolerance; all others are "
            + "rejected."
    )]
    private partial void LogAway(Exception exception);

    [LoggerMessage(
        2984,
        LogLevel.Warning,
        "Signals about ended grants cannot be received at the moment. Until they can, the revocation log is only read every second."
    )]
    private partial void LogDeaf(Exception exception);
}
