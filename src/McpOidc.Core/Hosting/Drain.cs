using McpOidc.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// The seconds between SIGTERM and the end of the listener: health says 503, connections are closed after their answer, and everything else
/// goes on, so that a load balancer can send what comes elsewhere before it would be refused.
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

    // Kubernetes takes a pod out of the Service and has preStop for it; nobody who develops waits for a load balancer.
    private TimeSpan Time =>
        environment.IsDevelopment() ? TimeSpan.Zero
        : options.Value.DrainTime is { } time ? time
        : configuration["KUBERNETES_SERVICE_HOST"] is { Length: > 0 } ? TimeSpan.Zero
        : s_default;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            guards.IsDraining
                ? new HealthCheckResult(context.Registration.FailureStatus, "The process stops.")
                : HealthCheckResult.Healthy()
        );

    /// <summary>Waits until load balancers have had their time.</summary>
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
            // Somebody is in a hurry.
        }
    }

    /// <summary>Ends it at once.</summary>
    public void CutShort() => _cutShort.Cancel();

    public void Dispose() => _cutShort.Dispose();

    [LoggerMessage(
        2840,
        LogLevel.Information,
        "The process stops in {Seconds} seconds (McpOidc:DrainTime): until then requests are answered, and health says 503."
    )]
    private partial void LogDraining(double seconds);
}
