using McpOidc.Hosting;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Telemetry;

/// <summary>Initializes the counters once everything has started: an exporter that listens later would not see them.</summary>
internal sealed class CountersHostedService(IServiceProvider services, Metrics metrics) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (var role in Roles.Of(services))
        {
            role.StartCounters(metrics, services);
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
