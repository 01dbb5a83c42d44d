using McpOidc.AuthServer;

if (Commands.AreAskedFor(args))
{
    return await Commands.RunAsync(args);
}

StartFailure.Explain();
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseKestrelHttpsConfiguration();
builder.AddServiceDefaults();
builder.AddMcpOidc().AddAuthorizationServer().AddProcessGuards();
builder.Services.RemoveDataProtectionStart();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapDefaultEndpoints();
app.MapGet("/", RootPage.Show);
await app.RunAsync();
return 0;
