using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace McpOidc.Storage;

/// <summary>Tells a fault of the file, the disk or a lock from a defect in a statement.</summary>
internal static class SqliteFault
{
    public static Exception Translate(SqliteException exception) =>
        exception.SqliteErrorCode switch
        {
            SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL => new StoreUnavailableException(
                "The SQLite file is locked by another process.",
                exception
            ),
            SQLITE_FULL => new StoreUnavailableException("The disk of the SQLite file is full.", exception),
            SQLITE_IOERR
            or SQLITE_CANTOPEN
            or SQLITE_READONLY
            or SQLITE_PERM
            or SQLITE_AUTH
            or SQLITE_NOMEM
            or SQLITE_CORRUPT
            or SQLITE_NOTADB => new StoreUnavailableException("The SQLite file cannot be read or written.", exception),
            _ => exception,
        };
}
