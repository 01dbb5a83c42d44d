using McpOidc.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// The time between SIGTERM and the end of the listener: the health check reports 503, connections are closed after their response, and
/// everything else continues, so that a load balancer can redirect new requests before they would be refused.
/// </summary>
internal sealed partial class Drain(
    ProcessGuards guards,
    IOptions<McpOidcOptions> options,
    IHostEnvironment environment,
    IConfiguration configuration,
    TimeProvider clock,
    ILogger<Drain> logger
) : IHealthCheck, IDisposable
{
    /// <summary>The name of the health check.</summary>
    public const string Name = "mcpoidc-drain";

    private static readonly TimeSpan s_default = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _cutShort = new();

    // Kubernetes removes a pod from the Service and has preStop for this; in Development there is no load balancer to wait for.
    private TimeSpan Time =>
        environment.IsDevelopment() ? TimeSpan.Zero
        : options.Value.DrainTime is { } time ? time
        : configuration["KUBERNETES_SERVICE_HOST"] is { Length: > 0 } ? TimeSpan.Zero
        : s_default;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            guards.IsDraining
                ? new HealthCheckResult(context.Registration.FailureStatus, "The process is stopping.")
                : HealthCheckResult.Healthy()
        );

    /// <summary>Waits until load balancers have had time to notice.</summary>
    public async Task RunAsync()
    {
        guards.IsDraining = true;
        if (Time is not { Ticks: > 0 } time)
        {
            return;
        }

        LogDraining(time.TotalSeconds);
        try
        {
            await Task.Delay(time, clock, _cutShort.Token);
        }
        catch (OperationCanceledException)
        {
            // A second signal: stop at once.
        }
    }

    /// <summary>Ends the drain at once.</summary>
    public void CutShort() => _cutShort.Cancel();

    public void Dispose() => _cutShort.Dispose();

    [LoggerMessage(
        2840,
        LogLevel.Information,
        "The process will stop in {Seconds} seconds (McpOidc:DrainTime). Until then it answers requests, and its health check reports 503."
    )]
    private partial void LogDraining(double seconds);
}
