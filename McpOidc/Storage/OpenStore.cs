using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Storage;

/// <summary>Opens the store before the server takes requests, so that the first of them do not all wait for one connection.</summary>
internal sealed class OpenStore(IServiceProvider services) : IHostedLifecycleService
{
    // Not in the constructor: settings are validated after the services are built and before they start.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        services.GetRequiredService<IMcpOidcStore>();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
