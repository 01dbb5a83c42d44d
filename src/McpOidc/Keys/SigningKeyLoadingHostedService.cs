using Microsoft.Extensions.Hosting;

namespace McpOidc.Keys;

/// <summary>Loads the key ring before the web server takes its first request.</summary>
internal sealed class SigningKeyLoadingHostedService(SigningKeyRing ring) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => ring.LoadAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
