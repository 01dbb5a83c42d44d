using McpOidc;
using McpOidc.AuthServer;

if (Commands.AreAskedFor(args))
{
    return await Commands.RunAsync(args);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddMcpOidc().AddServer();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapDefaultEndpoints();
await app.RunAsync();
return 0;
