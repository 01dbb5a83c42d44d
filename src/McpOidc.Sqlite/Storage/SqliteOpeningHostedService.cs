using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Storage;

/// <summary>Prevents the start of a process whose file cannot be used, which would answer everything with 503.</summary>
internal sealed class SqliteOpeningHostedService(IServiceProvider services) : IHostedLifecycleService
{
    // Not in the constructor: settings are validated after services are created and before they start.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<IMcpOidcStore>() is not MeasuredStore { Inner: SqliteStore store })
        {
            return;
        }

        try
        {
            await store.GetAsync(StoreKeys.HealthProbe, cancellationToken);
        }
        catch (StoreUnavailableException exception) when (SqliteFault.IsPassing(exception.InnerException))
        {
            // Locked by another process at the moment: /health reports it if that persists.
        }
        catch (StoreUnavailableException exception)
        {
            throw new StartException(services.GetRequiredService<SettingsRoot>().Named(exception.Message), exception);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
