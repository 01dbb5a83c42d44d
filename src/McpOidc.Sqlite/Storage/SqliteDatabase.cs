using Microsoft.Data.Sqlite;

namespace McpOidc.Storage;

/// <summary>The database file: creates it on first use and opens connections to it.</summary>
internal sealed class SqliteDatabase(string path)
{
    public const long SchemaVersion = 1;

    // After this time of waiting for another process, the store is reported as unavailable.
    private const int BusyTimeoutSeconds = 2;

    // Index entries are deleted with their record (ON DELETE CASCADE), so the two are always consistent.
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS records (
            key        TEXT    NOT NULL PRIMARY KEY,
            value      BLOB    NOT NULL,
            version    INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        );
        CREATE INDEX IF NOT EXISTS records_by_expiry ON records (expires_at);
        CREATE TABLE IF NOT EXISTS index_entries (
            index_name TEXT NOT NULL,
            key        TEXT NOT NULL REFERENCES records (key) ON DELETE CASCADE,
            PRIMARY KEY (index_name, key)
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS index_entries_by_key ON index_entries (key);
        PRAGMA user_version = 1;
        """;

    // One for the whole process, see CreateFile.
    private static readonly Lock s_fileCreation = new();

    private readonly Lock _preparation = new();
    private volatile bool _prepared;

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = SqliteOpenMode.ReadWrite,
        ForeignKeys = true,
        // SqliteStore keeps its own connections; a pool would keep the file open after the store is disposed.
        Pooling = false,
        DefaultTimeout = BusyTimeoutSeconds,
    }.ConnectionString;

    /// <exception cref="StoreUnavailableException">The file cannot be created, opened or read.</exception>
    public SqliteSession Open()
    {
        try
        {
            if (!_prepared)
            {
                Prepare();
            }

            return new SqliteSession(Connect());
        }
        catch (SqliteException exception)
        {
            throw Translate(exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SqliteFault.NotUsable(path, exception);
        }
    }

    /// <summary>Translates a fault of the file for callers.</summary>
    public Exception Translate(SqliteException exception) => SqliteFault.Translate(exception, path);

    private void Prepare()
    {
        lock (_preparation)
        {
            if (_prepared)
            {
                return;
            }

            CreateFile();
            using var session = new SqliteSession(Connect());
            // Before any change: the file may belong to another application.
            if (IsForeign(session))
            {
                throw SqliteFault.Foreign(path);
            }

            session.Scalar("PRAGMA journal_mode = WAL");
            CreateSchema(session);
            _prepared = true;
        }
    }

    private void CreateFile()
    {
        // Closing any handle on a file drops every POSIX lock that this process holds on it, including SQLite's. So an existing file is
        // never opened here, and the lock keeps a second store of this process out until the new file's handle is closed.
        lock (s_fileCreation)
        {
            if (File.Exists(path))
            {
                return;
            }

            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
            };
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            }
            else
            {
                // SQLite gives the -wal and -shm files the mode of the database file.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                Directory.CreateDirectory(
                    Path.GetDirectoryName(path)!,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            }

            try
            {
                new FileStream(path, options).Dispose();
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process was faster.
            }
        }
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();

            // FULL, because a redeemed code or a rotated upstream token must survive a power cut. See SqliteWriter for what it costs.
            command.CommandText = $"PRAGMA busy_timeout = {BusyTimeoutSeconds}000; PRAGMA synchronous = FULL;";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void CreateSchema(SqliteSession session) =>
        session.InTransaction(() =>
        {
            var found = (long)session.Scalar("PRAGMA user_version")!;
            if (found > SchemaVersion)
            {
                throw SqliteFault.Later(path, found, SchemaVersion);
            }

            if (found < SchemaVersion)
            {
                session.Scalar(Schema);
            }
        });

    /// <summary>Whether the file belongs to another application.</summary>
    public static bool IsForeign(SqliteSession session) => !IsEmpty(session) && !IsOurs(session);

    private static bool IsEmpty(SqliteSession session) => session.Scalar("SELECT 1 FROM sqlite_schema LIMIT 1") is null;

    private static bool IsOurs(SqliteSession session) =>
        session.Scalar(
            """
            SELECT 1 WHERE
                (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_table_info('records') ORDER BY cid))
                    = 'key,value,version,expires_at'
                AND (SELECT count(*) FROM pragma_table_info('index_entries') WHERE name IN ('index_name', 'key')) = 2
            """
        )
            is not null;
}
