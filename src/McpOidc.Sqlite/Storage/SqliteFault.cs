using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace McpOidc.Storage;

/// <summary>Distinguishes a fault of the file, disk or lock from a defective statement, and gives the remedy.</summary>
internal static class SqliteFault
{
    private const string Setting = "McpOidc:Sqlite:Path (environment: McpOidc__Sqlite__Path)";

    /// <param name="exception">The exception from SQLite.</param>
    /// <param name="path">The file.</param>
    public static Exception Translate(SqliteException exception, string path) =>
        exception.SqliteErrorCode switch
        {
            SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL => Unavailable(path, "is locked by another process", "Try again.", exception),
            SQLITE_FULL => Unavailable(path, "is on a full disk", "Free some space on it.", exception),
            SQLITE_CORRUPT or SQLITE_NOTADB => Damaged(path, exception),
            SQLITE_IOERR or SQLITE_CANTOPEN or SQLITE_READONLY or SQLITE_PERM or SQLITE_AUTH or SQLITE_NOMEM => NotUsable(path, exception),
            _ => exception,
        };

    public static StoreUnavailableException NotUsable(string path, Exception exception)
    {
        var cause = exception is SqliteException sqlite ? $"SQLite error {sqlite.SqliteErrorCode}" : exception.GetType().Name;
        return Unavailable(
            path,
            $"cannot be created, read or written ({cause})",
            "Give this user write permission for it and its folder, on a local disk, or set another file.",
            exception
        );
    }

    public static StoreUnavailableException Foreign(string path) =>
        Unavailable(path, "is a database of another application", "Set another file.", exception: null);

    public static StoreUnavailableException Later(string path, long found, long known) =>
        Unavailable(
            path,
            $"was written by a later version of McpOidc (schema {found}, this version supports {known})",
            "Run the later version again, or set another file.",
            exception: null
        );

    /// <summary>Whether a retry may succeed.</summary>
    public static bool IsPassing(Exception? exception) => exception is SqliteException { SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED };

    private static StoreUnavailableException Damaged(string path, SqliteException exception) =>
        Unavailable(
            path,
            "is not a SQLite database, or is damaged",
            "Restore a backup, move the file away to start over (all users must sign in again), or set another file.",
            exception
        );

    private static StoreUnavailableException Unavailable(string path, string problem, string remedy, Exception? exception) =>
        new($"The file {path} of {Setting} {problem}. {remedy}", exception!);
}
