using McpOidc.Revocation;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Keys;

/// <summary>Rotates the signing keys when due, twice a minute and whenever another process announces a change.</summary>
internal sealed partial class SigningKeyRotationHostedService(
    SigningKeyRing ring,
    RevocationFeed feed,
    ILogger<SigningKeyRotationHostedService> logger
) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_untilLoaded = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _changed = new(0, 1);

    public override void Dispose()
    {
        feed.KeysChanged -= OnKeysChanged;
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        feed.KeysChanged += OnKeysChanged;
        try
        {
            while (true)
            {
                await DoDueAsync(stoppingToken);
                await _changed.WaitAsync(ring.IsLoaded ? s_interval : s_untilLoaded, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    private async Task DoDueAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ring.LoadAsync(cancellationToken);
            await ring.CompleteAsync(cancellationToken);
        }
        catch (StoreUnavailableException) when (!ring.IsLoaded)
        {
            // Unreachable since the start: the store reports it.
        }
        // Also a record that cannot be read: what this loop throws would stop the whole host.
        catch (Exception exception) when (ring.IsLoaded && !cancellationToken.IsCancellationRequested)
        {
            LogAway(exception);
        }
    }

    // Called only from the loop that reads the log, never from two threads at once.
    private void OnKeysChanged()
    {
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    [LoggerMessage(1104, LogLevel.Warning, "The signing keys cannot be read. The current ones remain in use.")]
    private partial void LogAway(Exception exception);
}
