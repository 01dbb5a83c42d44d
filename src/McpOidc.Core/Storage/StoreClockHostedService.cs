using McpOidc.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>
/// Compares this machine's clock with the store's, which all processes share, at start and every minute. If two servers disagree about the
/// time, each sees the other's codes, tokens and sign-ins as expired or not yet valid, with no other symptom.
/// </summary>
internal sealed partial class StoreClockHostedService(
    IMcpOidcStore store,
    TimeProvider clock,
    Metrics metrics,
    ILogger<StoreClockHostedService> logger
) : BackgroundService, IHealthCheck
{
    /// <summary>The name of the health check.</summary>
    public const string Name = "mcpoidc-clock";

    /// <summary>The accepted difference; the store's response itself takes up to a second.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private bool _isOff;

    /// <summary>How far this machine's clock is ahead of the store's; <see langword="null"/> while unknown, or if the store has no
    /// clock.</summary>
    public TimeSpan? Ahead { get; private set; }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            Ahead is { } ahead && ahead.Duration() > Tolerance ? HealthCheckResult.Degraded(Describe(ahead)) : HealthCheckResult.Healthy()
        );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = new PeriodicTimer(s_interval, clock);
        try
        {
            do
            {
                await CompareAsync(stoppingToken);
            } while (await pulse.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        try
        {
            var before = clock.GetUtcNow();
            var time = await store.GetTimeAsync(cancellationToken);
            // The store read its clock at some time between request and response.
            Ahead = time is { } stored ? before + ((clock.GetUtcNow() - before) / 2) - stored : null;
        }
        catch (StoreUnavailableException)
        {
            // The store's health check reports this; the last result remains valid.
            return;
        }
        // A store of the host may throw anything, which would stop the whole host.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnknown(exception);
            return;
        }

        metrics.ClockAhead = Ahead;
        if (Ahead is { } ahead && ahead.Duration() > Tolerance)
        {
            // Every minute, so that the warning is near the rejections that it explains.
            LogOff(Describe(ahead));
            _isOff = true;
        }
        else if (_isOff)
        {
            LogRight();
            _isOff = false;
        }
    }

    private static string Describe(TimeSpan ahead) =>
        $"This machine's clock is {ahead.Duration().TotalSeconds:0} seconds "
        + $"{(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the store's clock";

    [LoggerMessage(
        2830,
        LogLevel.Warning,
        "{Difference}. Processes on the two machines see each other's codes, tokens and sign-ins as expired or not yet valid. "
            + "Synchronize the clock that is wrong with NTP."
    )]
    private partial void LogOff(string difference);

    [LoggerMessage(2985, LogLevel.Warning, "The store's clock cannot be read; the clocks are compared again in a minute.")]
    private partial void LogUnknown(Exception exception);

    [LoggerMessage(2831, LogLevel.Information, "The clocks of this machine and the store agree again.")]
    private partial void LogRight();
}
