namespace McpOidc.AppHost;

/// <summary>The identity provider of the run mode.</summary>
/// <param name="Issuer">Its issuer.</param>
/// <param name="Resource">What the auth server waits for.</param>
internal sealed record IdentityProvider(ReferenceExpression Issuer, IResourceBuilder<IResource> Resource);

internal static class IdentityProviders
{
    /// <summary>Keycloak in a container, with a realm from a file: client, people, offline access, back-channel logout.</summary>
    public static IdentityProvider AddKeycloakRealm(this IDistributedApplicationBuilder builder, string name, int port, string realms, string realm)
    {
        var keycloak = builder.AddKeycloak(name, port).WithRealmImport(realms)
            // Else its issuer would change with whether this machine trusts a development certificate.
            .WithoutHttpsCertificate()
            .WithUrlForEndpoint("http", url => (url.DisplayText, url.Url) = ("Keycloak admin", "/admin"))
            .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = $"/realms/{realm}/account", DisplayText = "Sign-in page", Endpoint = endpoint });
        return new IdentityProvider(ReferenceExpression.Create($"{keycloak.GetEndpoint("http")}/realms/{realm}"), keycloak);
    }

    /// <summary>The demo identity provider of this repository. It listens where its issuer says, so nothing stands before it.</summary>
    public static IdentityProvider AddDemoIdentityProvider(this IDistributedApplicationBuilder builder, string name)
    {
        var idp = builder.AddProject<Projects.McpOidc_DevIdp>(name)
            .WithEndpoint("http", endpoint => endpoint.IsProxied = false)
            .WithHttpHealthCheck("/.well-known/openid-configuration")
            .WithEnvironment("DevIdp__ClientId", "mcpoidc")
            .WithEnvironment("DevIdp__ClientSecret", "mcpoidc-development-secret")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Demo identity provider");
        var issuer = ReferenceExpression.Create($"{idp.GetEndpoint("http")}");
        idp.WithEnvironment("DevIdp__Issuer", issuer);
        return new IdentityProvider(issuer, idp);
    }
}
