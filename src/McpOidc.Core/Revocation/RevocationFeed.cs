using System.Collections.Concurrent;
using System.Diagnostics;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Revocation;

/// <summary>
/// Follows the log of what ended: read at every hint of the store, and once a second besides, for hints that were missed. What was
/// remembered of a session holds as long as the log is followed and does not name it.
/// </summary>
internal sealed partial class RevocationFeed(
    RecordStore records,
    IMcpOidcStore store,
    UnstoredRevocations unstored,
    TimeProvider clock,
    ILogger<RevocationFeed> logger
) : BackgroundService
{
    // Real time and not the host's clock: what is measured is whether we still hear anything, not when something expires.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(1500);

    /// <summary>Beyond it, what ended is forgotten and everything is looked up again.</summary>
    private const int MaximumRemembered = 50_000;

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

    /// <summary>The last moment, by the host's clock, at which the log was read to its end.</summary>
    public DateTimeOffset LastFollowed { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Called when the authorization server's keys are others than before.</summary>
    public event Action? KeysChanged;

    /// <summary>Whether what is known here is at most a second and a half old.</summary>
    public bool IsFollowed =>
        Volatile.Read(ref _hintsRead) == Volatile.Read(ref _hints) && Stopwatch.GetElapsedTime(Volatile.Read(ref _followedAt)) < s_patience;

    // Requests do not queue up for a store that was just found away.
    private bool HasJustFailed => Volatile.Read(ref _failedAt) is not 0 and var failedAt && Stopwatch.GetElapsedTime(failedAt) < s_interval;

    /// <summary>Where we are. Taken before a session is looked up, and kept with what was found.</summary>
    public long Place => Volatile.Read(ref _place);

    /// <summary>Whether what was found at a place still holds: the log was not lost since, and does not name the session.</summary>
    public bool Holds(string grantId, long foundAt) =>
        foundAt >= Volatile.Read(ref _forgottenBefore) && !(_ended.TryGetValue(grantId, out var endedAt) && endedAt > foundAt);

    /// <summary>Reads on, if a hint says that there is more or the last look is too long ago.</summary>
    /// <returns>Whether the log is followed.</returns>
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

    public override void Dispose()
    {
        _reading.Dispose();
        _hint.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IAsyncDisposable? listening = null;
        IAsyncDisposable? hearing = null;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                listening ??= await ListenAsync(() => store.ListenAsync(StoreKeys.RevocationSignal, OnHint, stoppingToken));
                hearing ??= await ListenAsync(() => unstored.ListenAsync(stoppingToken));
                await _hint.WaitAsync(await ReadInTurnAsync(stoppingToken) ? s_interval : s_retryInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
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

    private async ValueTask<IAsyncDisposable?> ListenAsync(Func<ValueTask<IAsyncDisposable?>> listen)
    {
        try
        {
            return await listen();
        }
        catch (StoreUnavailableException exception)
        {
            LogAway(exception);
            return null;
        }
    }

    // Nobody is answered from memory any more until the log was read again.
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
            // Taken before reading: a hint that comes meanwhile is for the next reading.
            var hints = Volatile.Read(ref _hints);
            var begun = Stopwatch.GetTimestamp();
            var now = clock.GetUtcNow();
            var log = (await records.GetAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, cancellationToken))?.Value;
            Apply(log);
            LastFollowed = now;
            Volatile.Write(ref _followedAt, begun);
            Volatile.Write(ref _hintsRead, hints);
            Volatile.Write(ref _failedAt, 0);
            return true;
        }
        catch (StoreUnavailableException exception)
        {
            if (Interlocked.Exchange(ref _failedAt, Stopwatch.GetTimestamp()) == 0)
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
            // Last: who looks a session up from here on finds what the log told of.
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
            // A log that began, was lost, or ran ahead of us: nothing found before is believed.
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
        "The log of revocations cannot be read: the store is away. Sessions that were seen live go on for "
            + "McpOidc:ResourceServer:StoreOutageTolerance, others are refused."
    )]
    private partial void LogAway(Exception exception);
}
