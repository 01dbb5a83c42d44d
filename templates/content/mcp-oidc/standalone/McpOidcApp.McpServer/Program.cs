var builder = WebApplication.CreateBuilder(args);
var mcpOidc = builder.AddMcpOidc().AddResourceServer().AddProcessGuards();

// The authorization server's store: its Redis, or its SQLite file on the same machine. Keep only the package that you use.
_ = builder.Configuration.GetConnectionString("redis") is null ? mcpOidc.UseSqlite() : mcpOidc.UseRedis();
builder.Services.AddMcpServer().WithHttpTransport().WithToolsFromAssembly();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.MapGet("/", () => "This is an MCP server. Give your MCP client its endpoint: /mcp at this address.");
app.MapHealthChecks("/health").RequireHost("*"); // probes use the IP address of the container
app.Run();
