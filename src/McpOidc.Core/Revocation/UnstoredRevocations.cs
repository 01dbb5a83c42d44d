using McpOidc.Storage;
using Microsoft.Extensions.Logging;

namespace McpOidc.Revocation;

/// <summary>
/// Grants that were ended while the store took no writes, and told to the processes that run. Whoever ended one was answered 503 and tries
/// again; until that is stored, or every process was restarted, no process takes the grant for live.
/// </summary>
internal sealed partial class UnstoredRevocations(IMcpOidcStore store, ILogger<UnstoredRevocations> logger)
{
    // A store that is full for hours while everybody is signed out: the oldest are forgotten, as by a restart.
    private const int Maximum = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Queue<string> _inOrder = new();
    private volatile bool _hasAny;

    /// <summary>Whether a grant was ended so.</summary>
    public bool Contain(string grantId)
    {
        if (!_hasAny)
        {
            return false;
        }

        lock (_lock)
        {
            return _ended.Contains(grantId);
        }
    }

    /// <summary>Tells every process, this one first.</summary>
    public async ValueTask TellAsync(string grantId)
    {
        Hear(grantId);
        await store.TellAsync(StoreKeys.UnstoredRevocation, grantId);
    }

    /// <summary>Hears what others tell.</summary>
    /// <exception cref="StoreUnavailableException">Listening could not begin.</exception>
    public ValueTask<IAsyncDisposable?> ListenAsync(CancellationToken cancellationToken) =>
        store.HearAsync(StoreKeys.UnstoredRevocation, Hear, cancellationToken);

    private void Hear(string grantId)
    {
        lock (_lock)
        {
            if (!_ended.Add(grantId))
            {
                return;
            }

            _inOrder.Enqueue(grantId);
            if (_inOrder.Count > Maximum)
            {
                _ended.Remove(_inOrder.Dequeue());
            }

            _hasAny = true;
        }

        LogUnstored(grantId);
    }

    [LoggerMessage(
        2836,
        LogLevel.Warning,
        "Grant {GrantId} was ended while the store took no writes. The processes that run refuse its tokens; it has to be ended again when "
            + "the store takes writes."
    )]
    private partial void LogUnstored(string grantId);
}
