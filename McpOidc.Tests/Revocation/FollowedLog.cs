using McpOidc.Revocation;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Storage.OpenIddict;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Revocation;

/// <summary>A revocation log and a feed that follows it, on a store that a test can hold or take away.</summary>
internal sealed class FollowedLog : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly ILoggerFactory _loggers;

    public FollowedLog()
    {
        _services = new ServiceCollection().AddLogging().AddStores().BuildServiceProvider();
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(Logs));
        Store = new LogStore(_services.GetRequiredService<LoggingStore>());
        Records = new RecordStore(Store, _services.GetRequiredService<StoredPayloadProtector>());
        Unstored = new UnstoredRevocations(Store, _loggers.CreateLogger<UnstoredRevocations>());
        // An hour: in these tests, only a signal, a failure or a caller makes it read.
        Feed = Create(TimeSpan.FromHours(1));
    }

    public LogSink Logs { get; } = new();

    public AdjustableClock Clock { get; } = new();

    public MovedTime RealTime { get; } = new();

    public LogStore Store { get; }

    public RecordStore Records { get; }

    public UnstoredRevocations Unstored { get; }

    public RevocationFeed Feed { get; }

    public RevocationFeed Create(TimeSpan interval) =>
        new(Records, Store, Unstored, Clock, _loggers.CreateLogger<RevocationFeed>())
        {
            Interval = interval,
            RealTime = RealTime,
            MaximumRemembered = 2,
        };

    public int Told(int id) => Logs.Lines.Count(line => line.Contains($"[{id}]", StringComparison.Ordinal));

    /// <summary>Ends grants, without a signal.</summary>
    public Task EndAsync(params string[] grants) => ChangeAsync(log => log.With(grants));

    public async Task ChangeAsync(Func<RevocationLog, RevocationLog> change) =>
        await Records.ChangeAsync(
            StoreKeys.RevocationLog,
            StoreKeys.RevocationLogId,
            log =>
                change(
                    log
                        ?? new RevocationLog
                        {
                            Id = "a",
                            Position = 0,
                            Ended = [],
                        }
                ),
            CancellationToken.None
        );

    /// <summary>The next call of the feed reads the log.</summary>
    public Task<bool> ReadLaterAsync()
    {
        RealTime.Passed += TimeSpan.FromMinutes(1);
        return Feed.CatchUpAsync(CancellationToken.None).AsTask();
    }

    public void Dispose()
    {
        Feed.Dispose();
        _loggers.Dispose();
        Logs.Dispose();
        _services.Dispose();
    }

    public sealed class MovedTime : TimeProvider
    {
        public TimeSpan Passed { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }

    public sealed class LogStore(IMcpOidcStore inner) : StoreDecorator(inner)
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
        private TaskCompletionSource? _held;

        public bool IsAway { get; set; }

        public bool IsDeaf { get; set; }

        public Action? Signal { get; private set; }

        /// <summary>Lets reads begin, and not end before <see cref="Release"/>.</summary>
        public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => Interlocked.Exchange(ref _held, null)?.SetResult();

        public async Task ReadsAsync(int count)
        {
            using var limit = new CancellationTokenSource(s_patience);
            using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
            while (Reads < count)
            {
                await pulse.WaitForNextTickAsync(limit.Token);
            }
        }

        public override async ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default)
        {
            var held = _held;
            var found = await base.GetAsync(key, cancellationToken);
            await (held?.Task.WaitAsync(s_patience, cancellationToken) ?? Task.CompletedTask);
            return IsAway ? throw new StoreUnavailableException("away") : found;
        }

        public override ValueTask<IAsyncDisposable?> ListenAsync(
            string channel,
            Action signalled,
            CancellationToken cancellationToken = default
        )
        {
            Signal = signalled;
            return IsDeaf ? throw new StoreUnavailableException("away") : new((IAsyncDisposable?)null);
        }
    }
}
