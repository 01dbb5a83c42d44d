using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace McpOidc.Storage;

/// <summary>Tells a fault of the file, the disk or a lock from a defect in a statement, and says what to do about it.</summary>
internal static class SqliteFault
{
    private const string Setting = "McpOidc:Sqlite:Path (environment: McpOidc__Sqlite__Path)";

    /// <param name="exception">What SQLite says.</param>
    /// <param name="path">The file.</param>
    public static Exception Translate(SqliteException exception, string path) =>
        exception.SqliteErrorCode switch
        {
            SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL => Unavailable(path, "is locked by another process", "Try again.", exception),
            SQLITE_FULL => Unavailable(path, "lies on a disk that is full", "Make room on it.", exception),
            SQLITE_CORRUPT or SQLITE_NOTADB => Damaged(path, exception),
            SQLITE_IOERR or SQLITE_CANTOPEN or SQLITE_READONLY or SQLITE_PERM or SQLITE_AUTH or SQLITE_NOMEM => NotUsable(path, exception),
            _ => exception,
        };

    public static StoreUnavailableException NotUsable(string path, Exception exception)
    {
        var cause = exception is SqliteException sqlite ? $"SQLite error {sqlite.SqliteErrorCode}" : exception.GetType().Name;
        return Unavailable(
            path,
            $"cannot be made, read or written ({cause})",
            "Give this user the right to write to it and to its folder, on a local disk, or name another file.",
            exception
        );
    }

    public static StoreUnavailableException Foreign(string path) =>
        Unavailable(path, "is the database of another application", "Name another file.", exception: null);

    public static StoreUnavailableException Later(string path, long found, long known) =>
        Unavailable(
            path,
            $"was written by a later version of McpOidc (schema {found}, this one knows {known})",
            "Run the later version again, or name another file.",
            exception: null
        );

    /// <summary>Whether it passes by itself.</summary>
    public static bool IsPassing(Exception? exception) => exception is SqliteException { SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED };

    private static StoreUnavailableException Damaged(string path, SqliteException exception) =>
        Unavailable(
            path,
            "is no SQLite database, or a damaged one",
            "Restore a backup of it, move it away to begin anew (everybody signs in again), or name another file.",
            exception
        );

    private static StoreUnavailableException Unavailable(string path, string problem, string remedy, Exception? exception) =>
        new($"The file {path} of {Setting} {problem}. {remedy}", exception!);
}
