namespace McpOidc.AppHost;

/// <summary>Settings of both servers when published.</summary>
internal static partial class Deployment
{
    // The ingress of Azure Container Apps.
    private const string AzureProxies = "100.100.0.0/16";

    public static void AddDeployment(this IDistributedApplicationBuilder builder, params IResourceBuilder<ProjectResource>[] servers)
    {
        var proxies = builder
            .AddParameter("trusted-proxies", AzureProxies, publishValueAsDefault: true)
            .WithDescription("The network of the proxy whose X-Forwarded-For and -Proto are trusted.");
        foreach (var server in servers)
        {
            // Otherwise every request would seem to come from the proxy, by http, and be rejected.
            server.WithEnvironment("McpOidc__TrustedProxies__0", proxies);
        }

        AddContainerApps(builder, servers);
    }

    /// <summary>
    /// Deployment.Azure.cs, if the build has Aspire's package for Azure Container Apps; otherwise azd reads the manifest.
    /// </summary>
    static partial void AddContainerApps(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource>[] servers);
}
