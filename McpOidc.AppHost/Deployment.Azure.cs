namespace McpOidc.AppHost;

/// <summary>
/// Azure Container Apps with Aspire's own publisher: two authorization servers behind one address, probes, and the time for a replica to
/// stop. Compiled with <c>-p:AzureContainerApps=true</c>.
/// </summary>
internal static partial class Deployment
{
    private const int MostReplicas = 10;

    // Longer than the 30 seconds in which a server completes its requests.
    private const int StopSeconds = 40;

    static partial void AddContainerApps(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource>[] servers)
    {
        builder.AddAzureContainerAppEnvironment("aca");
        foreach (var server in servers)
        {
            server
                .WithReplicas(server.Resource.Name == "auth" ? 2 : 1)
                .WithHttpProbe(ProbeType.Liveness, "/alive", failureThreshold: 5)
                .WithHttpProbe(ProbeType.Readiness, "/health")
                .PublishAsAzureContainerApp(
                    (_, app) =>
                    {
                        app.Template.Scale.MaxReplicas = MostReplicas;
                        app.Template.TerminationGracePeriodSeconds = StopSeconds;
                    }
                );
        }
    }
}
