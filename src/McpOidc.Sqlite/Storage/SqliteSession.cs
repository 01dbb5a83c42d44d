using Microsoft.Data.Sqlite;

namespace McpOidc.Storage;

/// <summary>One connection with its prepared statements. Serves one caller at a time.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    /// <summary>The first column of the first row, or <see langword="null"/>.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object Value)> parameters) => Bind(sql, parameters).ExecuteScalar();

    /// <summary>Reads all rows, so that no open reader delays a checkpoint.</summary>
    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var reader = Bind(sql, parameters).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Runs a batch completely or not at all. IMMEDIATE: a transaction that starts as a reader cannot wait for the
    /// lock.</summary>
    public void InTransaction(Action work)
    {
        Scalar("BEGIN IMMEDIATE");
        try
        {
            work();
            Scalar("COMMIT");
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private void RollBack()
    {
        try
        {
            Scalar("ROLLBACK");
        }
        catch (SqliteException)
        {
            // A full disk or an I/O error has already rolled back; report the first error.
        }
    }

    private SqliteCommand Bind(string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // every statement is a constant; values are parameters
            command.CommandText = sql;
#pragma warning restore CA2100
            _prepared.Add(sql, command);
        }

        command.Parameters.Clear();
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
