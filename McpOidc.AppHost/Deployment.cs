using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace McpOidc.AppHost;

/// <summary>Where the system is published to, and what both servers need there.</summary>
internal static class Deployment
{
    // The ingress of Azure Container Apps, and what Docker gives to the networks that it makes: whoever asks from there has passed the proxy.
    private const string AzureProxies = "100.100.0.0/16";
    private const string ComposeProxies = "172.16.0.0/12";
    private const int MostReplicas = 10;
    // Longer than the 30 seconds in which a server ends its requests.
    private const int StopSeconds = 40;
    private const string Restart = "unless-stopped";

    /// <summary>A URL that people see, by parameter.</summary>
    public static ReferenceExpression AddUrl(this IDistributedApplicationBuilder builder, string name) => ReferenceExpression.Create($"{builder.AddParameter(name)}");

    /// <summary>Liveness and readiness, for the orchestrator; a probe is a health check as well, for whoever waits and for the dashboard.</summary>
    public static IResourceBuilder<ProjectResource> WithHealth(this IResourceBuilder<ProjectResource> server) => server
        .WithHttpProbe(ProbeType.Liveness, "/alive", failureThreshold: 5)
        .WithHttpProbe(ProbeType.Readiness, "/health");

    /// <summary>Azure Container Apps, or Docker Compose with <c>--Target=compose</c>. The auth server runs twice behind one address.</summary>
    public static void AddDeployment(this IDistributedApplicationBuilder builder, params IResourceBuilder<ProjectResource>[] servers)
    {
        var compose = builder.Configuration["Target"] == "compose";
        var proxies = builder.AddParameter("trusted-proxies", compose ? ComposeProxies : AzureProxies, publishValueAsDefault: true);
        if (compose)
        {
            builder.AddDockerComposeEnvironment("compose");
            foreach (var redis in builder.Resources.OfType<RedisResource>().ToList())
            {
                builder.CreateResourceBuilder(redis).PublishAsDockerComposeService((_, service) => service.Restart = Restart);
            }
        }
        else
        {
            builder.AddAzureContainerAppEnvironment("aca");
        }

        foreach (var server in servers)
        {
            // Else every request would seem to come from the proxy, by http, and be refused.
            server.WithEnvironment("McpOidc__TrustedProxies__0", proxies);
            var replicas = server.Resource.Name == "auth" ? 2 : 1;
            server.WithReplicas(replicas);
            if (compose)
            {
                server.AsComposeService(replicas);
            }
            else
            {
                server.AsContainerApp();
            }
        }
    }

    private static void AsContainerApp(this IResourceBuilder<ProjectResource> server) => server.PublishAsAzureContainerApp((_, app) =>
    {
        app.Template.Scale.MaxReplicas = MostReplicas;
        app.Template.TerminationGracePeriodSeconds = StopSeconds;
    });

    // Compose takes no notice of WithReplicas.
    private static void AsComposeService(this IResourceBuilder<ProjectResource> server, int replicas) => server.PublishAsDockerComposeService((_, service) =>
    {
        service.Deploy = new Deploy { Replicas = replicas };
        service.StopGracePeriod = $"{StopSeconds}s";
        service.Restart = Restart;
        service.ReadOnly = true;
        service.CapDrop.Add("ALL");
    });
}
