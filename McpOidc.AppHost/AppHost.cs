// MCP client → auth server → identity provider; the MCP server beside it; one store behind both.
//
//   dotnet run                                          Keycloak and Redis in containers, or the next best that this machine has
//   dotnet run -- --Redis=executable --IdentityProvider=demo    a choice of one's own: Topology.cs, also as launch profiles
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

// Made once and kept, so that a store stays readable: in user secrets here, in the environment of azd where that publishes.
var secret = builder.AddGeneratedSecret(
    "mcpoidc-secret",
    "What the keys in the store are encrypted under. Both servers share it; at least 32 characters."
);
var operatorKey = builder.AddGeneratedSecret(
    "mcpoidc-operator-key",
    "The key that operators send to /admin of the auth server; at least 32 characters."
);

var auth = builder.AddProject<Projects.McpOidc_AuthServer>("auth").AsPublicServer().WithIconName("ShieldKeyhole");
var mcp = builder.AddProject<Projects.McpOidc_McpServer>("mcp").AsPublicServer().WithIconName("Wrench").WaitFor(auth);

// Who the servers are comes from configuration and is what people see: their own ports here, parameters where they are published.
var issuer = publishing ? builder.AddText("public-issuer", "The auth server's URL, without a slash at the end.") : auth.Origin();
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
        .WithEnvironment("McpOidc__IdentityProvider__ClientId", builder.AddText("idp-client-id", "The auth server's client there."))
        .WithEnvironment(
            "McpOidc__IdentityProvider__ClientSecret",
            builder.AddParameter("idp-client-secret", secret: true).WithDescription("That client's secret.")
        );
    builder.AddDeployment(auth, mcp);
}
else
{
    // Development only. Both know the same client and the same people, so that one may stand for the other.
    var clientSecret = builder.AddGeneratedSecret("idp-client-secret", "The secret of the auth server's client at the identity provider.");
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
