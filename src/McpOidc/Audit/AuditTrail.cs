using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Audit;

/// <summary>
/// The recent events of all processes that share the store, for operators: of each process at most 200 of each ring (
/// <see cref="AuditRing"/>), for one day. Stored only if <c>McpOidc:Admin</c> is configured; the log category <c>McpOidc.Audit</c> always
/// has
/// all events.
/// </summary>
public sealed class AuditTrail : IDisposable
{
    /// <summary>The maximum number of returned events.</summary>
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

    /// <summary>The recent events, newest first. Those of other processes are a few seconds old.</summary>
    /// <param name="search">Text in the event's name or one of its fields; <see langword="null"/> for all.</param>
    /// <param name="limit">The maximum number, up to <see cref="MaximumEvents"/>.</param>
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
        // The trail has digests of client ids.
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

    /// <summary>Writes new events of this process, so that other processes can show them. A server does so every two seconds.</summary>
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
            // Each record has one writer: a missing version was lost with the store, or expired.
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
