namespace McpOidc.AppHost;

/// <summary>The identity provider in run mode.</summary>
/// <param name="Issuer">Its issuer.</param>
/// <param name="Resource">The resource that the authorization server waits for.</param>
internal sealed record IdentityProvider(ReferenceExpression Issuer, IResourceBuilder<IResource> Resource)
{
    /// <summary>The authorization server's client.</summary>
    public const string ClientId = "mcpoidc";
}

internal static class IdentityProviders
{
    // The name by which a container reaches its host.
    private const string HostOfContainers = "host.docker.internal";

    /// <summary>
    /// Keycloak in a container, with a realm from a file: client, users, offline access, back-channel logout. It starts slowly, so it
    /// keeps running when the AppHost ends.
    /// </summary>
    public static IdentityProvider AddKeycloakRealm(
        this IDistributedApplicationBuilder builder,
        string name,
        int port,
        string realms,
        string realm,
        IResourceBuilder<ProjectResource> auth,
        IResourceBuilder<ParameterResource> clientSecret
    )
    {
        var keycloak = builder
            .AddKeycloak(name, port)
            .WithRealmImport(realms)
            .WithEnvironment("MCPOIDC_CLIENT_SECRET", clientSecret)
            // As text: a reference would draw an arrow from Keycloak to the authorization server, and back.
            .WithEnvironment(async context =>
            {
                var origin = new Uri(
                    (await auth.GetEndpoint("http", KnownNetworkIdentifiers.LocalhostNetwork).GetValueAsync(context.CancellationToken))!
                );
                context.EnvironmentVariables["MCPOIDC_ORIGIN"] = origin.GetLeftPart(UriPartial.Authority);
                context.EnvironmentVariables["MCPOIDC_ORIGIN_FOR_CONTAINERS"] = $"{origin.Scheme}://{HostOfContainers}:{origin.Port}";
            })
            .WithUrlForEndpoint("http", url => (url.DisplayText, url.Url) = ("Keycloak admin", "/admin"))
            .WithPage("Sign-in page", $"/realms/{realm}/account");
        if (!builder.IsIsolated())
        {
            keycloak.WithLifetime(ContainerLifetime.Persistent);
        }

        auth.WithEnvironment("McpOidc__AllowedHosts__0", HostOfContainers)
            // Checks the user often: Keycloak does not announce a sign-out by an administrator.
            .WithEnvironment("McpOidc__IdentityProvider__Preset", "Keycloak");
        return new IdentityProvider(ReferenceExpression.Create($"{keycloak.GetEndpoint("http")}/realms/{realm}"), keycloak);
    }

    /// <summary>The demo identity provider of this repository. It listens on its issuer's address.</summary>
    public static IdentityProvider AddDemoIdentityProvider(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource> clientSecret
    )
    {
        var idp = builder
            .AddProject<Projects.McpOidc_DevIdp>(name)
            .WithOwnPort()
            .WithIconName("PersonLock")
            .WithHttpHealthCheck("/.well-known/openid-configuration")
            .WithEnvironment("DevIdp__ClientId", IdentityProvider.ClientId)
            .WithEnvironment("DevIdp__ClientSecret", clientSecret)
            .WithUrlForEndpoint("http", url => url.DisplayText = "Demo identity provider");
        idp.WithPublicUrl("DevIdp__Issuer", idp.Origin());
        return new IdentityProvider(idp.Origin(), idp);
    }
}
