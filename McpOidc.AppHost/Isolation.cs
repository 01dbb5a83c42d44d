using Microsoft.Extensions.Configuration;

namespace McpOidc.AppHost;

/// <summary>
/// Fixed ports, one folder and one volume for <c>dotnet run</c>. Tests and <c>aspire run --isolated</c> use separate ones each time, so
/// that several instances on one machine do not interfere.
/// </summary>
internal static class Isolation
{
    private static readonly string s_instance = $"mcpoidc-{Guid.NewGuid():N}";

    /// <summary>Whether this instance is one of several.</summary>
    public static bool IsIsolated(this IDistributedApplicationBuilder builder) =>
        builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts");

    /// <summary>The folder for files of processes: <c>--DataFolder</c>, or a new one.</summary>
    public static string DataFolder(this IDistributedApplicationBuilder builder) =>
        builder.Configuration["DataFolder"]
        ?? (builder.IsIsolated() ? Path.Combine(Path.GetTempPath(), s_instance) : Path.Combine(builder.AppHostDirectory, ".data"));

    /// <summary>The volume of a container; <see langword="null"/> for the one that Aspire names after this folder.</summary>
    public static string? VolumeName(this IDistributedApplicationBuilder builder, string resource) =>
        builder.IsIsolated() ? $"{s_instance}-{resource}" : null;

    /// <summary>The process itself listens, on the port of its launch profile or a free one.</summary>
    public static IResourceBuilder<ProjectResource> WithOwnPort(this IResourceBuilder<ProjectResource> server) =>
        server.WithEndpoint(
            "http",
            endpoint =>
            {
                endpoint.IsProxied = false;
                if (server.ApplicationBuilder.IsIsolated())
                {
                    endpoint.Port = null;
                    endpoint.TargetPort = null;
                }
            }
        );
}
