// MCP client → auth server → identity provider; the MCP server next to it; one store behind both.
//
//   dotnet run                                          Keycloak and Redis in containers, or the next best on this machine
//   dotnet run -- --Redis=executable --IdentityProvider=demo    an explicit choice: Topology.cs, also as launch profiles
//   azd up                                              Azure Container Apps (docs/deploy-azure.md)
using McpOidc.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var publishing = builder.ExecutionContext.IsPublishMode;
var (topology, problem) = publishing ? (Topology.Published, null) : await Topology.DecideAsync(builder.Configuration);
if (topology is null)
{
    Console.Error.WriteLine(problem);
    return 1;
}

// Generated once and kept, so that the store remains readable: in user secrets here, in the azd environment when published.
var secret = builder.AddGeneratedSecret(
    "mcpoidc-secret",
    "Encrypts the keys in the store. Shared by both servers; at least 32 characters."
);
var operatorKey = builder.AddGeneratedSecret(
    "mcpoidc-operator-key",
    "The operators' key for /admin of the authorization server; at least 32 characters."
);

var auth = builder.AddProject<Projects.McpOidc_AuthServer>("auth").AsPublicServer().WithIconName("ShieldKeyhole");
var mcp = builder.AddProject<Projects.McpOidc_McpServer>("mcp").AsPublicServer().WithIconName("Wrench").WaitFor(auth);

// The servers' public URLs come from configuration and are visible to users: their own ports here, parameters when published.
var issuer = publishing ? builder.AddText("public-issuer", "The authorization server's URL, without a trailing slash.") : auth.Origin();
var resource = publishing
    ? builder.AddText("public-resource", "The URL of the MCP endpoint.")
    : ReferenceExpression.Create($"{mcp.Origin()}/mcp");

auth.WithPublicUrl("McpOidc__Issuer", issuer)
    .WithEnvironment("McpOidc__Secret", secret)
    .WithEnvironment("McpOidc__Admin__Key", operatorKey)
    .WithPublicUrl("McpOidc__Resources__0__Uri", resource)
    .WithEnvironment("McpOidc__Resources__0__Name", "McpOidc reference server")
    .WithEnvironment("McpOidc__IdentityProvider__Scopes", "openid email profile offline_access");
mcp.WithEnvironment("McpOidc__Authority", issuer)
    .WithEnvironment("McpOidc__Secret", secret)
    .WithPublicUrl("McpOidc__ResourceServer__Resource", resource);

if (builder.AddSharedRedis("redis", topology.Redis) is { } redis)
{
    auth.WithConnectionTo(redis);
    mcp.WithConnectionTo(redis);
}
else
{
    var file = Path.Combine(builder.DataFolder(), "mcpoidc.db");
    auth.WithEnvironment("McpOidc__Sqlite__Path", file);
    mcp.WithEnvironment("McpOidc__Sqlite__Path", file);
}

if (publishing)
{
    // Yours: Entra ID, Okta, Auth0, Google, a Keycloak of your own (docs/identity-providers.md).
    auth.WithEnvironment("McpOidc__IdentityProvider__Issuer", builder.AddText("idp-issuer", "The identity provider's issuer."))
        .WithEnvironment("McpOidc__IdentityProvider__ClientId", builder.AddText("idp-client-id", "The client id there."))
        .WithEnvironment(
            "McpOidc__IdentityProvider__ClientSecret",
            builder.AddParameter("idp-client-secret", secret: true).WithDescription("That client's secret.")
        );
    builder.AddDeployment(auth, mcp);
}
else
{
    // Development only. Both use the same client and users, so that one can replace the other.
    var clientSecret = builder.AddGeneratedSecret("idp-client-secret", "The client secret at the identity provider.");
    var idp =
        topology.IdentityProvider is IdentityProviderKind.Keycloak
            ? builder.AddKeycloakRealm("keycloak", 8080, "./realms", "mcp", auth, clientSecret)
            : builder.AddDemoIdentityProvider("idp", clientSecret);
    auth.WithEnvironment("McpOidc__IdentityProvider__Issuer", idp.Issuer)
        .WithEnvironment("McpOidc__IdentityProvider__ClientId", IdentityProvider.ClientId)
        .WithEnvironment("McpOidc__IdentityProvider__ClientSecret", clientSecret)
        .WithEnvironment("McpOidc__Admin__Claim", "email")
        .WithEnvironment("McpOidc__Admin__Value", "alice@example.com") // who sees the pages of operators
        .WaitFor(idp.Resource);
    auth.WithOperatorCommands(operatorKey);
}

auth.WithPage("Account", "/account")
    .WithPage("Metadata", "/.well-known/oauth-authorization-server")
    .WithPage("Admin", "/admin")
    .WithHealthPage();
mcp.WithPage("Welcome page", "/").WithPage("MCP endpoint", "/mcp").WithHealthPage();

await builder.Build().RunAsync();
return 0;
