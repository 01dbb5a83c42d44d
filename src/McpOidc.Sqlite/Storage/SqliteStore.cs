using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Storage;

/// <summary>The embedded store: one SQLite file, which several processes on one machine may share.</summary>
internal sealed class SqliteStore : IMcpOidcStore, IAsyncDisposable
{
    private const string DefaultPath = ".data/mcpoidc.db";
    private const int PageSize = 250;
    private const long SweepSize = 500;
    private static readonly TimeSpan s_sweepEvery = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _clock;
    private readonly SqliteReaders _readers;
    private readonly SqliteWriter _writer;
    private readonly string _path;
    private DateTimeOffset _nextSweep;

    public SqliteStore(IOptions<SqliteStoreOptions> options, IHostEnvironment environment, TimeProvider clock)
        : this(PathOf(options.Value, environment), clock) { }

    /// <param name="path">The file. The first operation opens it, so creating a store never fails.</param>
    /// <param name="clock">The clock for expiry.</param>
    internal SqliteStore(string path, TimeProvider clock)
    {
        _path = Path.GetFullPath(path);
        var database = new SqliteDatabase(_path);
        _clock = clock;
        _readers = new SqliteReaders(database);
        _writer = new SqliteWriter(database, Sweep);
    }

    /// <summary>The path of the configured file.</summary>
    internal static string PathOf(SqliteStoreOptions options, IHostEnvironment environment) =>
        Path.GetFullPath(Path.Combine(environment.ContentRootPath, options.Path is { Length: > 0 } path ? path : DefaultPath));

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        _readers.ReadAsync(session => Get(session, key), cancellationToken);

    public ValueTask<IReadOnlyList<StoredRecord?>> GetManyAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken = default
    ) => _readers.ReadAsync<IReadOnlyList<StoredRecord?>>(session => [.. keys.Select(key => Get(session, key))], cancellationToken);

    public ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(session => Add(session, key, write), cancellationToken);

    public ValueTask<AddResult> AddOrGetAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(session => AddOrGet(session, key, write), cancellationToken);

    public ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) => _writer.WriteAsync(session => Replace(session, key, expectedVersion, write), cancellationToken);

    public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(
            session => Record(session, "DELETE FROM records WHERE key = $key AND expires_at > $now RETURNING value, version", key),
            cancellationToken
        );

    public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(session => Remove(session, key, expectedVersion), cancellationToken);

    public ValueTask SignalAsync(string channel) => TellAsync(channel, "");

    public ValueTask TellAsync(string channel, string message)
    {
        SqliteSignals.Send(_path, channel, message);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IAsyncDisposable?> ListenAsync(string channel, Action signalled, CancellationToken cancellationToken = default) =>
        HearAsync(channel, _ => signalled(), cancellationToken);

    public ValueTask<IAsyncDisposable?> HearAsync(string channel, Action<string> told, CancellationToken cancellationToken = default) =>
        new(SqliteSignals.Listen(_path, channel, told));

    public IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default) =>
        KeyPage.AllAsync(after => ListPageAsync(index, after, PageSize, cancellationToken), cancellationToken);

    public IAsyncEnumerable<string> ScanAsync(string prefix, CancellationToken cancellationToken = default) =>
        KeyPage.AllAsync(after => ScanPageAsync(prefix, after, PageSize, cancellationToken), cancellationToken);

    public async ValueTask<KeyPage> ListPageAsync(string index, string? after, int size, CancellationToken cancellationToken = default) =>
        PageOf(
            await _readers.ReadAsync(
                session =>
                    session.Rows(
                        """
                        SELECT key FROM index_entries JOIN records USING (key)
                        WHERE index_name = $index AND key > $after AND expires_at > $now ORDER BY key LIMIT $size
                        """,
                        row => row.GetString(0),
                        ("$index", index),
                        ("$after", after ?? ""),
                        ("$now", Now),
                        ("$size", (long)size)
                    ),
                cancellationToken
            ),
            size
        );

    public async ValueTask<KeyPage> ScanPageAsync(string prefix, string? after, int size, CancellationToken cancellationToken = default) =>
        PageOf(
            await _readers.ReadAsync(
                session =>
                    session.Rows(
                        // A range from the prefix to the end of all keys that start with it, so that only the page is read.
                        "SELECT key FROM records WHERE key >= $prefix AND key < $end AND key > $after AND expires_at > $now ORDER BY key "
                            + "LIMIT $size",
                        row => row.GetString(0),
                        ("$prefix", prefix),
                        ("$end", $"{prefix[..^1]}{(char)(prefix[^1] + 1)}"),
                        ("$after", after ?? ""),
                        ("$now", Now),
                        ("$size", (long)size)
                    ),
                cancellationToken
            ),
            size
        );

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _readers.Dispose();
    }

    private long? Add(SqliteSession session, string key, StoreWrite write)
    {
        // An expired record is deleted first, with its index entries, which the new record may not have.
        session.Scalar("DELETE FROM records WHERE key = $key AND expires_at <= $now", ("$key", key), ("$now", Now));
        var version = session.Scalar(
            """
            INSERT INTO records (key, value, version, expires_at) VALUES ($key, $value, $version, $expires)
            ON CONFLICT (key) DO NOTHING RETURNING version
            """,
            ("$key", key),
            ("$value", Bytes(write)),
            ("$version", RecordVersion.Next()),
            ("$expires", Expiry(write))
        );
        return Join(session, key, write, version);
    }

    private AddResult AddOrGet(SqliteSession session, string key, StoreWrite write)
    {
        // Read first, because it may expire before a read after the add.
        var existing = Get(session, key);
        return new AddResult(existing is null ? Add(session, key, write) : null, existing);
    }

    private long? Replace(SqliteSession session, string key, long expectedVersion, StoreWrite write)
    {
        var version = session.Scalar(
            """
            UPDATE records SET value = $value, version = $version, expires_at = $expires
            WHERE key = $key AND version = $expected AND expires_at > $now RETURNING version
            """,
            ("$key", key),
            ("$value", Bytes(write)),
            ("$version", RecordVersion.Next()),
            ("$expires", Expiry(write)),
            ("$expected", expectedVersion),
            ("$now", Now)
        );
        return Join(session, key, write, version);
    }

    private static long? Join(SqliteSession session, string key, StoreWrite write, object? version)
    {
        if (version is null)
        {
            return null;
        }

        foreach (var index in write.Indexes)
        {
            session.Scalar(
                "INSERT INTO index_entries (index_name, key) VALUES ($index, $key) ON CONFLICT DO NOTHING",
                ("$index", index),
                ("$key", key)
            );
        }

        return (long)version;
    }

    private bool Remove(SqliteSession session, string key, long? expectedVersion) =>
        session.Scalar(
            """
            DELETE FROM records
            WHERE key = $key AND expires_at > $now AND ($expected IS NULL OR version = $expected) RETURNING version
            """,
            ("$key", key),
            ("$now", Now),
            ("$expected", expectedVersion ?? (object)DBNull.Value)
        )
            is not null;

    private StoredRecord? Get(SqliteSession session, string key) =>
        Record(session, "SELECT value, version FROM records WHERE key = $key AND expires_at > $now", key);

    private StoredRecord? Record(SqliteSession session, string sql, string key) =>
        session
            .Rows(sql, row => new StoredRecord(row.GetFieldValue<byte[]>(0), row.GetInt64(1)), ("$key", key), ("$now", Now))
            .FirstOrDefault();

    private static KeyPage PageOf(List<string> keys, int size) => new(keys, keys.Count < size ? null : keys[^1]);

    /// <summary>Frees the space of expired records, in bounded batches, so that no write waits long.</summary>
    private void Sweep(SqliteSession session)
    {
        var now = _clock.GetUtcNow();
        if (now < _nextSweep)
        {
            return;
        }

        var swept = session.Rows(
            "DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires_at <= $now LIMIT $size) RETURNING 1",
            _ => 1,
            ("$now", now.ToUnixTimeMilliseconds()),
            ("$size", SweepSize)
        );

        // A full batch means that more remain: continue with the next write, or the file would grow faster than it is cleaned up.
        if (swept.Count < SweepSize)
        {
            _nextSweep = now + s_sweepEvery;
        }
    }

    private static long Expiry(StoreWrite write) => write.ExpiresAt.ToUnixTimeMilliseconds();

    // The provider accepts only arrays; usually the memory already is a whole array.
    private static byte[] Bytes(StoreWrite write) =>
        MemoryMarshal.TryGetArray(write.Value, out var segment) && segment.Array is { } array && array.Length == segment.Count
            ? array
            : write.Value.ToArray();
}
