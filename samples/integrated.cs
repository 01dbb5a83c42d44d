#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
#:project ../src/McpOidc/McpOidc.csproj
#:project ../McpOidc.DevIdp/McpOidc.DevIdp.csproj
#:package ModelContextProtocol.AspNetCore

// An MCP server that is its own authorization server, in one file: dotnet run samples/integrated.cs
// The file integrated.run.json next to it selects the Development environment. Outside this repository, replace the two #:project lines
// with the packages McpOidc and McpOidc.DevIdp (#:package with a version), and add a version to the third.
using System.ComponentModel;
using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.DevIdp;
using McpOidc.Protection;
using ModelContextProtocol.Server;

var builder = WebApplication.CreateBuilder(args);
var origin = builder.Configuration["Origin"] ?? "http://localhost:3001";
var provider = builder.Configuration["DevIdp:Issuer"] ?? "http://localhost:4002";

builder.AddDevIdp(demo => demo.Issuer = provider);
builder.Services.Configure<IdentityProviderOptions>(upstream =>
{
    upstream.Issuer = provider;
    upstream.ClientId = "mcpoidc";
    upstream.ClientSecret = "dev-secret";
    upstream.Scopes = "openid email profile offline_access";
});
builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer(server => server.Resource = origin + "/mcp").AddProcessGuards();
builder.Services.AddMcpServer().WithHttpTransport().WithTools<PersonTools>();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.Run(origin);

[McpServerToolType]
internal sealed class PersonTools
{
    [McpServerTool(Name = "whoami", ReadOnly = true), Description("Returns the signed-in user.")]
    public static async Task<string> WhoAmI(ClaimsPrincipal user, IUserAccessor sessions, CancellationToken cancellationToken)
        => await sessions.GetAsync(user, cancellationToken) is { } session ? $"{session.Claims["name"]}" : "Your sign-in has ended.";
}
