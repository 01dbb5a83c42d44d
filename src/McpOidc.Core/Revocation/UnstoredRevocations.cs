using McpOidc.Storage;
using Microsoft.Extensions.Logging;

namespace McpOidc.Revocation;

/// <summary>
/// Grants that were ended while the store accepted no writes, and announced to the running processes. The caller got 503 and retries;
/// until the revocation is stored, or all processes have restarted, every process treats the grant as ended.
/// </summary>
internal sealed partial class UnstoredRevocations(IMcpOidcStore store, ILogger<UnstoredRevocations> logger)
{
    // For a store that stays full while many users sign out: the oldest entries are dropped, as they would be by a restart.
    private const int Maximum = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Queue<string> _inOrder = new();
    private volatile bool _hasAny;

    /// <summary>Whether a grant was ended in this way.</summary>
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

    /// <summary>Announces it to every process, starting with this one.</summary>
    public async ValueTask TellAsync(string grantId)
    {
        Hear(grantId);
        await store.TellAsync(StoreKeys.UnstoredRevocation, grantId);
    }

    /// <summary>Listens for announcements of other processes.</summary>
    /// <exception cref="StoreUnavailableException">Listening could not be started.</exception>
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
        "Grant {GrantId} was ended while the store accepted no writes. Running processes reject its tokens. End it again once "
            + "the store accepts writes."
    )]
    private partial void LogUnstored(string grantId);
}
