using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>Checks at start, and then every minute, whether documents can be fetched; <see cref="DocumentReach"/> decides what is probed
/// and how often.</summary>
internal sealed partial class DocumentReachHostedService(DocumentReach reach, ILogger<DocumentReachHostedService> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!reach.IsProbed)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_interval);
        try
        {
            do
            {
                await TryLookAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await reach.LookAsync(cancellationToken);
        }
        // What this loop throws would stop the whole host.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogAway(exception);
        }
    }

    [LoggerMessage(
        1218,
        LogLevel.Warning,
        "It is unknown whether clients' metadata documents can be fetched. The last result remains valid."
    )]
    private partial void LogAway(Exception exception);
}
