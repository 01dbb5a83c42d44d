// The whole system: MCP client → auth server → Keycloak, MCP server beside it, Redis between the two.
// Run mode starts everything on this machine; publish mode asks for the public URLs and an identity provider by parameters.
var builder = DistributedApplication.CreateBuilder(args);
var publishing = builder.ExecutionContext.IsPublishMode;

// Both servers derive the keys of the stored records from it; kept in user secrets, so that a volume stays readable.
var secret = builder.AddParameter("mcpoidc-secret", new GenerateParameterDefault { MinLength = 48 }, secret: true, persist: true);
var redis = builder.AddRedis("redis").WithDataVolume().WithPersistence(TimeSpan.FromSeconds(10), 1);

var auth = builder.AddProject<Projects.McpOidc_AuthServer>("auth")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redis);
var mcp = builder.AddProject<Projects.McpOidc_McpServer>("mcp")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redis)
    .WaitFor(auth);

// A process listens on a port that the orchestrator chose: who it is comes from configuration, and is the address people see,
// that is the launch profiles' ports 4001 and 3001.
var issuer = publishing
    ? ReferenceExpression.Create($"{builder.AddParameter("public-issuer")}")
    : ReferenceExpression.Create($"{auth.GetEndpoint("http")}");
var resource = publishing
    ? ReferenceExpression.Create($"{builder.AddParameter("public-resource")}")
    : ReferenceExpression.Create($"{mcp.GetEndpoint("http")}/mcp");

auth.WithEnvironment("McpOidc__Issuer", issuer)
    .WithEnvironment("McpOidc__Secret", secret)
    .WithEnvironment("McpOidc__Resources__0__Uri", resource)
    .WithEnvironment("McpOidc__Resources__0__Name", "McpOidc reference server");
mcp.WithEnvironment("McpOidc__Authority", issuer)
    .WithEnvironment("McpOidc__Secret", secret)
    .WithEnvironment("McpOidc__Protection__Resource", resource);

if (publishing)
{
    auth.WithEnvironment("McpOidc__Upstream__Issuer", builder.AddParameter("idp-issuer"))
        .WithEnvironment("McpOidc__Upstream__ClientId", builder.AddParameter("idp-client-id"))
        .WithEnvironment("McpOidc__Upstream__ClientSecret", builder.AddParameter("idp-client-secret", secret: true))
        .WithEnvironment("McpOidc__Upstream__Scopes", "openid email profile offline_access");
}
else
{
    // Development only. The port is fixed: it is part of the issuer, and of the cookies in the browser.
    var keycloak = builder.AddKeycloak("keycloak", 8080).WithRealmImport("./realms");
    auth.WaitFor(keycloak)
        .WithEnvironment("McpOidc__Upstream__Issuer", ReferenceExpression.Create($"{keycloak.GetEndpoint("http")}/realms/mcp"))
        .WithEnvironment("McpOidc__Upstream__ClientId", "mcpoidc")
        .WithEnvironment("McpOidc__Upstream__ClientSecret", "mcpoidc-development-secret")
        .WithEnvironment("McpOidc__Upstream__Scopes", "openid email profile offline_access");
}

auth.WithUrlForEndpoint("http", url => url.DisplayText = "Auth server");
mcp.WithUrlForEndpoint("http", url => url.DisplayText = "MCP server");

await builder.Build().RunAsync();
