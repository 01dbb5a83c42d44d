using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Audit;

/// <summary>Publishes this process' events to others: at most one write every two seconds, and none without new events or
/// viewers.</summary>
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
        // What this loop throws would stop the whole host.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogAway(exception);
        }
    }

    [LoggerMessage(
        2591,
        LogLevel.Warning,
        "Other processes cannot show the latest audit events of this one: they could not be stored. The log has them."
    )]
    private partial void LogAway(Exception exception);
}
