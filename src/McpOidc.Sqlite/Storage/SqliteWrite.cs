namespace McpOidc.Storage;

/// <summary>A write that waits for its transaction.</summary>
internal abstract class SqliteWrite
{
    /// <summary>Whether its caller canceled it before it started.</summary>
    public abstract bool IsAbandoned { get; }

    /// <summary>Runs it inside the transaction. The caller gets the result only after the commit.</summary>
    public abstract void Execute(SqliteSession session);
    public abstract void Succeed();
    public abstract void Fail(Exception exception);
}
