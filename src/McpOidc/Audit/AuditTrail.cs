using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Audit;

/// <summary>
/// The latest events of all processes that share the store, for operators: of each process at most 200 of each ring
/// (<see cref="AuditRing"/>), of a day. Kept only where
/// <c>McpOidc:Admin</c> lets somebody look; the log category <c>McpOidc.Audit</c> has everything, always.
/// </summary>
public sealed class AuditTrail : IDisposable
{
    /// <summary>The most events that one question is answered with.</summary>
    public const int MaximumEvents = 1000;

    private const int MaximumProcesses = 64;
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);
    private readonly AuditRing _ring;
    private readonly RecordStore _records;
    private readonly IMcpOidcStore _store;
    private readonly TimeProvider _clock;
    private readonly string _process = OpaqueToken.CreateId();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private long _written;
    private long? _version;

    internal AuditTrail(AuditRing ring, RecordStore records, IMcpOidcStore store, TimeProvider clock) =>
        (_ring, _records, _store, _clock) = (ring, records, store, clock);

    /// <summary>The latest events, the last one first. Those of other processes are a few seconds old.</summary>
    /// <param name="search">A text that the event's name or one of its fields contains; <see langword="null"/> for all.</param>
    /// <param name="limit">How many at most; up to <see cref="MaximumEvents"/>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<IReadOnlyList<AuditEvent>> ListAsync(
        string? search = null,
        int limit = 100,
        CancellationToken cancellationToken = default
    )
    {
        var page = await _store.ListPageAsync(ServerKeys.AuditOfProcesses, after: null, MaximumProcesses, cancellationToken);
        var own = ServerKeys.Audit.Key(_process);
        var found = await Task.WhenAll(
            page.Keys.Where(key => key != own)
                .Select(key => _records.GetAsync(ServerKeys.Audit, ServerKeys.Audit.Id(key), cancellationToken).AsTask())
        );
        // Clients are in the trail by their digests.
        search = search is null ? null : ClientIdDigest.Of(search);
        var earliest = _clock.GetUtcNow() - s_lifetime;
        return
        [
            .. found
                .OfType<Versioned<AuditRecord>>()
                .SelectMany(record => record.Value.Events)
                .Concat(_ring.Read())
                .Where(one => one.At > earliest && Matches(one, search))
                .OrderByDescending(one => one.At)
                .Take(Math.Clamp(limit, 1, MaximumEvents)),
        ];
    }

    /// <summary>Writes what happened here since the last time, so that other processes can show it. A server does so by itself every two
    /// seconds.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task WriteAsync(CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var added = _ring.Added;
            if (added == _written)
            {
                return;
            }

            var record = new AuditRecord { Events = _ring.Read() };
            var until = _clock.GetUtcNow() + s_lifetime;
            // One writer per record: a version that is gone was lost with the store, or ran out.
            _version =
                (
                    _version is { } version
                        ? await _records.ReplaceAsync(
                            ServerKeys.Audit,
                            _process,
                            version,
                            record,
                            until,
                            cancellationToken,
                            ServerKeys.AuditOfProcesses
                        )
                        : null
                ) ?? await _records.AddAsync(ServerKeys.Audit, _process, record, until, cancellationToken, ServerKeys.AuditOfProcesses);
            _written = _version is null ? _written : added;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    private static bool Matches(AuditEvent one, string? search) =>
        string.IsNullOrEmpty(search)
        || one.Event.Contains(search, StringComparison.OrdinalIgnoreCase)
        || one.Fields.Values.Any(value => value.Contains(search, StringComparison.OrdinalIgnoreCase));
}
