using McpOidc.Storage;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Keys;

/// <summary>Loads the key ring before the web server accepts requests or, if the store is unreachable, once it responds.</summary>
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
            // Until SigningKeyRotationHostedService has loaded them, requests are answered with 503.
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
