namespace McpOidc.AppHost;

/// <summary>
/// Keycloak in a container, with the API of the package <c>Aspire.Hosting.Keycloak</c>, which could replace this file.
/// </summary>
internal sealed class KeycloakResource(string name, ParameterResource? admin, ParameterResource adminPassword)
    : ContainerResource(name),
        IResourceWithServiceDiscovery
{
    public const string Registry = "quay.io";
    public const string Repository = "keycloak/keycloak";
    public const string Tag = "26.6";
    public const string Image = $"{Registry}/{Repository}:{Tag}";

    public ReferenceExpression AdminReference { get; } =
        admin is null ? ReferenceExpression.Create($"admin") : ReferenceExpression.Create($"{admin}");

    public ParameterResource AdminPasswordParameter => adminPassword;
}

internal static class KeycloakResourceBuilderExtensions
{
    private const int UserOfImage = 1000;

    public static IResourceBuilder<KeycloakResource> AddKeycloak(
        this IDistributedApplicationBuilder builder,
        string name,
        int? port = null,
        IResourceBuilder<ParameterResource>? adminUsername = null,
        IResourceBuilder<ParameterResource>? adminPassword = null
    )
    {
        var password =
            adminPassword?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password");
        var resource = new KeycloakResource(name, adminUsername?.Resource, password);
        return builder
            .AddResource(resource)
            .WithImage(KeycloakResource.Repository, KeycloakResource.Tag)
            .WithImageRegistry(KeycloakResource.Registry)
            .WithIconName("PersonLock")
            .WithHttpEndpoint(port, targetPort: 8080)
            .WithHttpEndpoint(targetPort: 9000, name: "management")
            .WithHttpHealthCheck("/health/ready", endpointName: "management")
            .WithUrlForEndpoint("management", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithEnvironment("KC_BOOTSTRAP_ADMIN_USERNAME", resource.AdminReference)
            .WithEnvironment("KC_BOOTSTRAP_ADMIN_PASSWORD", resource.AdminPasswordParameter)
            .WithEnvironment("KC_HEALTH_ENABLED", "true")
            .WithArgs("start-dev", "--import-realm");
    }

    /// <summary>
    /// Imports the realms in a folder at the first start. <c>${NAME}</c> in a file is an environment variable of the container.
    /// </summary>
    public static IResourceBuilder<KeycloakResource> WithRealmImport(this IResourceBuilder<KeycloakResource> keycloak, string import) =>
        keycloak.WithContainerFiles("/opt/keycloak/data/import", import, defaultOwner: UserOfImage);
}
