using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>What tests change in the model before it starts.</summary>
internal static class Changes
{
    /// <summary>Two behind one address, which only the orchestrator's proxy can do here.</summary>
    public static void TwoAuthServers(IDistributedApplicationTestingBuilder builder) =>
        builder
            .CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == "auth"))
            .WithReplicas(2)
            .WithEndpoint("http", endpoint => endpoint.IsProxied = true);
}
