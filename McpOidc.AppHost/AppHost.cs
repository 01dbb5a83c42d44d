var builder = DistributedApplication.CreateBuilder(args);
var publishing = builder.ExecutionContext.IsPublishMode;

// Everything that is stored is encrypted under a key derived from this; made once and kept in the user secrets.
var secret = builder.AddParameter("mcpoidc-secret", new GenerateParameterDefault { MinLength = 48 }, secret: true, persist: true);
var upstreamSecret = builder.AddParameter("upstream-client-secret", "dev-secret", publishValueAsDefault: false, secret: true);

var redis = builder.AddRedis("redis").WithDataVolume().WithPersistence(TimeSpan.FromSeconds(10), 1);

var auth = builder.AddProject<Projects.McpOidc_AuthServer>("auth")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(redis)
    .WaitFor(redis)
    .WithEnvironment("McpOidc__Secret", secret)
    .WithEnvironment("McpOidc__Upstream__ClientId", "mcpoidc")
    .WithEnvironment("McpOidc__Upstream__ClientSecret", upstreamSecret)
    .WithEnvironment("McpOidc__Upstream__Scopes", "openid email profile offline_access");

var mcp = builder.AddProject<Projects.McpOidc_McpServer>("mcp")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(redis)
    .WaitFor(auth)
    .WithEnvironment("McpOidc__Secret", secret);

// Issuer and resource are what people type and tokens carry: the public address, never the port that a process happens to listen on.
ReferenceExpression issuer, resource;
if (publishing)
{
    issuer = ReferenceExpression.Create($"{builder.AddParameter("public-issuer")}");
    resource = ReferenceExpression.Create($"{builder.AddParameter("public-mcp-url")}");
    // The Keycloak below is for development. A deployment names its own identity provider.
    auth.WithEnvironment("McpOidc__Upstream__Issuer", builder.AddParameter("upstream-issuer"));
}
else
{
    issuer = ReferenceExpression.Create($"{auth.GetEndpoint("http")}");
    resource = ReferenceExpression.Create($"{mcp.GetEndpoint("http")}/mcp");
    // A fixed port: the realm names the callback of the auth server, and browsers name Keycloak.
    var keycloak = builder.AddKeycloak("keycloak", 8080).WithRealmImport("realms");
    auth.WithEnvironment("McpOidc__Upstream__Issuer", ReferenceExpression.Create($"{keycloak.GetEndpoint("http")}/realms/mcp"))
        .WaitFor(keycloak);
}

auth.WithEnvironment("McpOidc__Issuer", issuer).WithEnvironment("McpOidc__Resources__0__Uri", resource);
mcp.WithEnvironment("McpOidc__Authority", issuer).WithEnvironment("McpOidc__Protection__Resource", resource);

builder.Build().Run();
