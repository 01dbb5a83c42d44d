using McpOidc.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>
/// Compares this machine's clock with the store's, which all processes share: at start and each minute. Where two servers disagree about
/// the time, codes, tokens and sign-ins of the one look expired or not yet valid to the other, and nothing else says why.
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

    /// <summary>How far the clocks may differ; the answer of the store takes its time, at most a second.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private bool _isOff;

    /// <summary>How far this machine's clock is ahead of the store's; <see langword="null"/> while it is not known, or the store has no
    /// clock of its own.</summary>
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
            // The host stops.
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        try
        {
            var before = clock.GetUtcNow();
            var time = await store.GetTimeAsync(cancellationToken);
            // The store looked at its clock somewhere between question and answer.
            Ahead = time is { } stored ? before + ((clock.GetUtcNow() - before) / 2) - stored : null;
        }
        catch (StoreUnavailableException)
        {
            // The check of the store says so; what was found before still stands.
            return;
        }

        metrics.ClockAhead = Ahead;
        if (Ahead is { } ahead && ahead.Duration() > Tolerance)
        {
            // Each minute: whoever looks for the cause of a refusal looks at the lines around it.
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
        $"The clock of this machine is {ahead.Duration().TotalSeconds:0} seconds "
        + $"{(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the clock of the store";

    [LoggerMessage(
        2830,
        LogLevel.Warning,
        "{Difference}. Codes, tokens and sign-ins of other processes look expired or not yet valid here, and those made here look so to "
            + "others. Set the clock by NTP, on whichever of the two machines it is wrong."
    )]
    private partial void LogOff(string difference);

    [LoggerMessage(2831, LogLevel.Information, "The clocks of this machine and of the store agree again.")]
    private partial void LogRight();
}
