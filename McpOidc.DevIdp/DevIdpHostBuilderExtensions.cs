namespace McpOidc.DevIdp;

/// <summary>Runs a demo identity provider together with another application.</summary>
public static class DevIdpHostBuilderExtensions
{
    /// <summary>Starts a demo identity provider before the application's own server, and stops it with it.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>The application.</returns>
    public static IHostApplicationBuilder AddDevIdp(this IHostApplicationBuilder builder, Action<DevIdpOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHostedService(services => new Companion(services.GetRequiredService<IHostEnvironment>(), configure));
        return builder;
    }

    private sealed class Companion(IHostEnvironment environment, Action<DevIdpOptions>? configure) : IHostedLifecycleService
    {
        private DevIdpInstance? _instance;

        public async Task StartingAsync(CancellationToken cancellationToken) =>
            _instance = await DevIdpHost.StartAsync(environment.EnvironmentName, configure, cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StoppedAsync(CancellationToken cancellationToken)
        {
            if (_instance is not null)
            {
                await _instance.DisposeAsync();
            }
        }
    }
}
