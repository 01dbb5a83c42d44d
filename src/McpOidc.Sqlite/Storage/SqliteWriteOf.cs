namespace McpOidc.Storage;

/// <inheritdoc/>
internal sealed class SqliteWrite<T>(Func<SqliteSession, T> write, CancellationToken cancellationToken) : SqliteWrite
{
    // Asynchronously, so that no caller's code runs on the writer thread.
    private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Outcome => _outcome.Task;
    public override bool IsAbandoned => cancellationToken.IsCancellationRequested;

    public override void Execute(SqliteSession session) => _result = write(session);

    public override void Succeed() => _outcome.SetResult(_result!);

    public override void Fail(Exception exception) => _outcome.SetException(exception);
}
