using McpOidc.Configuration;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Hosting;

/// <summary>
/// Prevents the start of an application that has McpOidc endpoints, or endpoints protected by McpOidc, without the middleware: guards and
/// limits would be off. The same if our own endpoints are not mapped once, at the root, where OpenIddict would answer unguarded. Each role
/// checks the endpoints that it protects.
/// </summary>
internal sealed class EndpointCheckHostedService(IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>The path of an endpoint that every role has, once, at the root.</summary>
    private const string PatternOfEveryRole = EndpointPaths.ProtectedResourceMetadata + "/{**path}";

    /// <summary>Set by <c>UseMcpOidc()</c>.</summary>
    public bool HasMiddleware { get; set; }

    /// <exception cref="InvalidOperationException">A required call is missing.</exception>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // An operator's command has services but no endpoints.
        var all = services.GetService<EndpointDataSource>()?.Endpoints ?? [];
        var ours = all.Where(endpoint => endpoint.IsOurs()).ToList();
        if (!HasMiddleware && ours.Count > 0)
        {
            throw new StartException(
                "app.UseMcpOidc() is missing. Call it before MapMcpOidc() and MapMcp(), and before the application's own middleware."
            );
        }

        var mapped = ours.Count(endpoint => endpoint is RouteEndpoint { RoutePattern.RawText: PatternOfEveryRole });
        if (ours.Count > 0 && mapped != 1)
        {
            throw new StartException(
                $"app.MapMcpOidc() is {(mapped == 0 ? "missing" : "called twice")}. Call it once, on the application itself and not on a "
                    + "group with a prefix: if the authorization server has a path, McpOidc:Issuer names it."
            );
        }

        var theirs = all.Where(endpoint => endpoint.Metadata.GetMetadata<OwnEndpoint>() is null).ToList();
        foreach (var role in Roles.Of(services))
        {
            role.Check(theirs);
        }

        services.GetRequiredService<HostStart>().IsDone = true;
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        cancellationToken.Register(static start => ((HostStart)start!).Abandon(), services.GetRequiredService<HostStart>());
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
