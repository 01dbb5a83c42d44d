using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Hosting;

/// <summary>
/// Does not let an application start that maps endpoints of ours, or protects its own by us, and forgets the middleware: guards and limits
/// would be off.
/// </summary>
internal sealed class RequireMiddleware(IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>Set by <c>UseMcpOidc()</c>.</summary>
    public bool IsInPlace { get; set; }

    /// <exception cref="InvalidOperationException">The middleware is missing.</exception>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // An operator's command has services and no endpoints.
        if (!IsInPlace && services.GetService<EndpointDataSource>() is { } endpoints
            && endpoints.Endpoints.Any(endpoint => endpoint.IsOurs()))
        {
            throw new InvalidOperationException(
                "app.UseMcpOidc() is missing. Call it before MapMcpOidc() and MapMcp(), and before the application's own middleware.");
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
