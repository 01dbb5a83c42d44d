using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>The system as <c>dotnet run</c> starts it.</summary>
internal static class RunningSystem
{
    /// <summary>Starts it and waits until all of it is healthy.</summary>
    /// <param name="resources">What to wait for.</param>
    /// <param name="arguments">Of the AppHost.</param>
    /// <param name="cancellationToken">Gives up: without a container engine whatever waits for a container waits for ever.</param>
    public static async Task<DistributedApplication> StartAsync(string[] resources, string[] arguments, CancellationToken cancellationToken)
    {
        // The ports are part of the issuer, and the realm knows the callback on 4001.
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.McpOidc_AppHost>(["DcpPublisher:RandomizePorts=false", .. arguments], cancellationToken);
        var app = await builder.BuildAsync(cancellationToken);
        try
        {
            await app.StartAsync(cancellationToken);
            foreach (var resource in resources)
            {
                await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancellationToken);
            }

            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The protected resource, as people see it.</summary>
    public static Uri Resource(this DistributedApplication app) => new(app.GetEndpoint("mcp", "http"), "/mcp");
}
