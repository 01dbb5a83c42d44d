using McpOidc;
using McpOidc.McpServer;

StartFailure.Explain();
var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();

// With an authority this is an MCP server with a separate authorization server; without one it is both.
var mcpOidc = builder.AddMcpOidc().AddResourceServer().UseConfiguredStore().AddProcessGuards();
if (string.IsNullOrEmpty(builder.Configuration["McpOidc:Authority"]))
{
    mcpOidc.AddAuthorizationServer();
    builder.AddDemoIdentityProvider();
}

builder.Services.AddHttpClient<IdentityProviderProfile>().AddIdentityProviderAccessTokenWhere(IdentityProviderProfile.IsForPerson);
builder.Services.AddMcpServer().WithHttpTransport().WithTools<IdentityTools>();
builder.Services.AddHostedService<Welcome>();
builder.Services.RemoveDataProtectionStart();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.MapGet("/", WelcomePage.Show);
app.MapDefaultEndpoints();
await app.RunAsync();
