using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace McpOidc.Storage;

/// <summary>The read connections of a process. In WAL mode a reader does not wait for writers, so reads run on the caller's
/// thread.</summary>
internal sealed class SqliteReaders(SqliteDatabase database) : IDisposable
{
    private readonly SemaphoreSlim _free = new(Math.Clamp(Environment.ProcessorCount, 2, 8));
    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private volatile bool _disposed;

    public async ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Read(read);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Closes the idle connections; the reader closes one that is in use.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var session))
        {
            session.Dispose();
        }
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        var session = _idle.TryTake(out var idle) ? idle : database.Open();
        T result;
        try
        {
            result = read(session);
        }
        catch (SqliteException exception)
        {
            session.Dispose();
            throw database.Translate(exception);
        }

        _idle.Add(session);
        if (_disposed)
        {
            Dispose();
        }

        return result;
    }
}
