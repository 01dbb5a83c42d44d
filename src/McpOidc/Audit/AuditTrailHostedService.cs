using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Audit;

/// <summary>Shows other processes what happened here: one write every two seconds at most, and none where nothing happened or nobody could
/// look.</summary>
internal sealed partial class AuditTrailHostedService(AuditRing ring, AuditTrail trail, ILogger<AuditTrailHostedService> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (ring.IsKept)
        {
            await TryWriteAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!ring.IsKept)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryWriteAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await trail.WriteAsync(cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            LogAway(exception);
        }
    }

    [LoggerMessage(
        2591,
        LogLevel.Warning,
        "The latest audit events are not shown to other processes: the store is away. The log has them."
    )]
    private partial void LogAway(Exception exception);
}
