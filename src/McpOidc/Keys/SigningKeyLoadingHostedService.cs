using McpOidc.Storage;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Keys;

/// <summary>Loads the key ring before the web server takes its first request, or once the store answers that is away now.</summary>
internal sealed class SigningKeyLoadingHostedService(SigningKeyRing ring) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ring.LoadAsync(cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // Until SigningKeyRotationHostedService has them, requests are answered 503.
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
