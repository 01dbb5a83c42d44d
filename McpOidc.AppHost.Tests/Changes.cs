using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>Changes that tests make to the model before it starts.</summary>
internal static class Changes
{
    /// <summary>Two instances behind one address, which here only the orchestrator's proxy can provide.</summary>
    public static void TwoAuthServers(IDistributedApplicationTestingBuilder builder) =>
        builder
            .CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == "auth"))
            .WithReplicas(2)
            .WithEndpoint("http", endpoint => endpoint.IsProxied = true);
}
