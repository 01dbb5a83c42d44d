namespace McpOidc.AppHost;

/// <summary>The common setup of both servers.</summary>
internal static class PublicServers
{
    private const string HealthPath = "/health";

    /// <summary>
    /// A server that users reach at its own port. Behind the orchestrator's proxy, a health check of a process that is not listening yet
    /// would be accepted, and hang for ten seconds.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AsPublicServer(this IResourceBuilder<ProjectResource> server) =>
        server
            .WithExternalHttpEndpoints()
            .WithOwnPort()
            .WithHttpHealthCheck(HealthPath)
            .WithoutPatienceForTelemetry()
            .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);

    // The dashboard stops before the servers, which would spend twelve seconds trying to send their last spans, metrics and log lines.
    private static IResourceBuilder<ProjectResource> WithoutPatienceForTelemetry(this IResourceBuilder<ProjectResource> server) =>
        server.ApplicationBuilder.ExecutionContext.IsRunMode ? server.WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000") : server;

    /// <summary>Scheme, host and port.</summary>
    public static ReferenceExpression Origin(this IResourceBuilder<ProjectResource> server) =>
        ReferenceExpression.Create($"{server.GetEndpoint("http")}");

    /// <summary>
    /// Sets a server's own URL on it and on the server that refers to it. A reference would draw an arrow to itself, and one back.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithPublicUrl(
        this IResourceBuilder<ProjectResource> server,
        string variable,
        ReferenceExpression url
    ) => server.WithEnvironment(context => context.EnvironmentVariables[variable] = url);

    /// <summary>A link in the dashboard.</summary>
    public static IResourceBuilder<T> WithPage<T>(
        this IResourceBuilder<T> server,
        string text,
        string path,
        UrlDisplayLocation location = UrlDisplayLocation.SummaryAndDetails
    )
        where T : IResourceWithEndpoints =>
        server.WithUrlForEndpoint(
            "http",
            endpoint => new ResourceUrlAnnotation
            {
                Url = path,
                DisplayText = text,
                DisplayLocation = location,
                Endpoint = endpoint,
            }
        );

    public static IResourceBuilder<ProjectResource> WithHealthPage(this IResourceBuilder<ProjectResource> server) =>
        server.WithPage("Health", HealthPath, UrlDisplayLocation.DetailsOnly);
}
