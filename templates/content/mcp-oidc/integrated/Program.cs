#if (demoProvider)
//-:cnd:noEmit
#if DEBUG
using McpOidc.DevIdp;
#endif
//+:cnd:noEmit
#endif

var builder = WebApplication.CreateBuilder(args);
builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer().AddProcessGuards();
builder.Services.AddMcpServer().WithHttpTransport().WithToolsFromAssembly();
#if (demoProvider)
//-:cnd:noEmit
#if DEBUG
// The demo provider replaces yours if the section DevIdp is set, as in appsettings.Development.json.
if (builder.Configuration.GetSection("DevIdp") is { } demo && demo.Exists())
{
    builder.AddDevIdp(demo.Bind);
}
#endif
//+:cnd:noEmit
#endif

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.MapGet("/", () => "This is an MCP server. Give your MCP client its endpoint: /mcp at this address.");
app.MapHealthChecks("/health").RequireHost("*"); // probes use the IP address of the container
app.Run();
