#if (demoProvider)
//-:cnd:noEmit
#if DEBUG
using McpOidc.DevIdp;
#endif
//+:cnd:noEmit
#endif

var builder = WebApplication.CreateBuilder(args);
builder.AddMcpOidc().AddAuthorizationServer().AddProcessGuards();
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
app.MapGet("/", () => "This is an authorization server for MCP. Give your MCP client the URL of the MCP server.");
app.MapHealthChecks("/health").RequireHost("*"); // probes use the IP address of the container
app.Run();
