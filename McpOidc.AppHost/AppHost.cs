// MCP client → auth server → identity provider; the MCP server beside it; one store behind both.
//
//   dotnet run                      on this machine: Keycloak and Redis in containers
//   dotnet run -- --Containers=false    the same on the demo identity provider and a SQLite file; also where no container engine answers
//   azd up                          Azure Container Apps (docs/deploy-azure.md)
//   aspire publish -- --Target=compose  Docker Compose (docs/deploy-compose.md)
using McpOidc.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var publishing = builder.ExecutionContext.IsPublishMode;
var containers = publishing || await ContainerEngine.IsWantedAndAnswersAsync(builder.Configuration);

// Made once and kept, so that a store stays readable: in user secrets here, in the environment of azd where that publishes.
var secret = builder.AddParameter("mcpoidc-secret", new GenerateParameterDefault { MinLength = 48 }, secret: true, persist: true);
var operatorKey = builder.AddParameter("mcpoidc-operator-key", new GenerateParameterDefault { MinLength = 48 }, secret: true, persist: true);

var auth = builder.AddProject<Projects.McpOidc_AuthServer>("auth").WithExternalHttpEndpoints().WithHealth();
var mcp = builder.AddProject<Projects.McpOidc_McpServer>("mcp").WithExternalHttpEndpoints().WithHealth().WaitFor(auth);

// Who the servers are comes from configuration and is what people see: launch profile ports 4001 and 3001, or the published URLs. A process
// itself listens on a port that the orchestrator chose.
var issuer = publishing ? builder.AddUrl("public-issuer") : ReferenceExpression.Create($"{auth.GetEndpoint("http")}");
var resource = publishing ? builder.AddUrl("public-resource") : ReferenceExpression.Create($"{mcp.GetEndpoint("http")}/mcp");

auth.WithEnvironment("McpOidc__Issuer", issuer)
    .WithEnvironment("McpOidc__Secret", secret)
    .WithEnvironment("McpOidc__Admin__Key", operatorKey)
    .WithEnvironment("McpOidc__Resources__0__Uri", resource)
    .WithEnvironment("McpOidc__Resources__0__Name", "McpOidc reference server")
    .WithEnvironment("McpOidc__Upstream__Scopes", "openid email profile offline_access");
mcp.WithEnvironment("McpOidc__Authority", issuer)
    .WithEnvironment("McpOidc__Secret", secret)
    .WithEnvironment("McpOidc__Protection__Resource", resource);

if (containers)
{
    var redis = builder.AddRedis("redis").WithoutHttpsCertificate().WithDataVolume().WithAppendOnlyFile();
    auth.WithReference(redis).WaitFor(redis);
    mcp.WithReference(redis).WaitFor(redis);
}
else
{
    var file = Path.Combine(builder.AppHostDirectory, ".data", "mcpoidc.db");
    auth.WithEnvironment("McpOidc__Sqlite__Path", file);
    mcp.WithEnvironment("McpOidc__Sqlite__Path", file);
}

if (publishing)
{
    // Yours: Entra ID, Okta, Auth0, Google, a Keycloak of your own (docs/identity-providers.md).
    auth.WithEnvironment("McpOidc__Upstream__Issuer", builder.AddParameter("idp-issuer"))
        .WithEnvironment("McpOidc__Upstream__ClientId", builder.AddParameter("idp-client-id"))
        .WithEnvironment("McpOidc__Upstream__ClientSecret", builder.AddParameter("idp-client-secret", secret: true));
    builder.AddDeployment(auth, mcp);
}
else
{
    // Development only. Both know the same client and the same people, so that one may stand for the other; the port is part of the issuer.
    var idp = containers ? builder.AddKeycloakRealm("keycloak", 8080, "./realms", "mcp") : builder.AddDemoIdentityProvider("idp");
    auth.WithEnvironment("McpOidc__Upstream__Issuer", idp.Issuer)
        .WithEnvironment("McpOidc__Upstream__ClientId", "mcpoidc")
        .WithEnvironment("McpOidc__Upstream__ClientSecret", "mcpoidc-development-secret")
        .WithEnvironment("McpOidc__AllowedHosts__0", "host.docker.internal") // where Keycloak's back-channel logout finds this machine
        .WaitFor(idp.Resource);
    auth.WithOperatorCommands(operatorKey);
}

mcp.WithUrlForEndpoint("http", url => url.DisplayText = "Welcome page")
    .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/mcp", DisplayText = "MCP endpoint", Endpoint = endpoint });

await builder.Build().RunAsync();
