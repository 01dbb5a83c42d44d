var builder = WebApplication.CreateBuilder(args);
builder.AddMcpOidc().AddResourceServer().AddProcessGuards();
builder.Services.AddMcpServer().WithHttpTransport().WithToolsFromAssembly();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.MapHealthChecks("/health").RequireHost("*"); // probes come to the address of the container
app.Run();
