namespace McpOidc.AppHost;

/// <summary>What both servers need where they are published.</summary>
internal static partial class Deployment
{
    // The ingress of Azure Container Apps.
    private const string AzureProxies = "100.100.0.0/16";

    public static void AddDeployment(this IDistributedApplicationBuilder builder, params IResourceBuilder<ProjectResource>[] servers)
    {
        var proxies = builder
            .AddParameter("trusted-proxies", AzureProxies, publishValueAsDefault: true)
            .WithDescription("The network of the proxy whose X-Forwarded-For and -Proto are believed.");
        foreach (var server in servers)
        {
            // Else every request would seem to come from the proxy, by http, and be refused.
            server.WithEnvironment("McpOidc__TrustedProxies__0", proxies);
        }

        AddContainerApps(builder, servers);
    }

    /// <summary>
    /// Deployment.Azure.cs, where the build has Aspire's package for Azure Container Apps; azd reads the manifest without it.
    /// </summary>
    static partial void AddContainerApps(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource>[] servers);
}
