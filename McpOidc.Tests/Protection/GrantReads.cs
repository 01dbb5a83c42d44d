using McpOidc.Storage;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Protection;

/// <summary>A real store in which a test can delay reads of one record, or make the record unreadable.</summary>
internal sealed class GrantReads(IMcpOidcStore inner) : StoreDecorator(inner)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _held;
    private volatile string? _spoiled;
    private volatile Waiting? _awaited;

    /// <returns>Completes when the record is being read.</returns>
    public TaskCompletionSource Hold(string key)
    {
        _held = key;
        return _looked;
    }

    /// <summary>Whether hints are lost.</summary>
    public bool IsDeaf { get; set; }

    public override ValueTask<IAsyncDisposable?> ListenAsync(
        string channel,
        Action signalled,
        CancellationToken cancellationToken = default
    ) => base.ListenAsync(channel, () => Tell(signalled), cancellationToken);

    private void Tell(Action signalled)
    {
        if (!IsDeaf)
        {
            signalled();
        }
    }

    public void Release() => _released.TrySetResult();

    public void Spoil(string key) => _spoiled = key;

    /// <summary>Waits until the record is looked up again: by then, everything before it in the round has been handled.</summary>
    public Task AfterAsync(string key, AdjustableClock clock)
    {
        var waiting = new Waiting(key);
        _awaited = waiting;
        clock.Advance(TimeSpan.FromSeconds(31));
        return waiting.Read.Task.WaitAsync(s_patience);
    }

    public override async ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        if (key == _held)
        {
            _looked.TrySetResult();
            await _released.Task.WaitAsync(s_patience, cancellationToken);
        }

        var found = await base.GetAsync(key, cancellationToken);
        if (_awaited is { } waiting && key == waiting.Key)
        {
            waiting.Read.TrySetResult();
        }

        return key == _spoiled && found is not null ? found with { Value = "{"u8.ToArray() } : found;
    }

    private sealed record Waiting(string Key)
    {
        public TaskCompletionSource Read { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
