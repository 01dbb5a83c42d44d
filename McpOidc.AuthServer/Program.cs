using McpOidc.AuthServer;

if (Commands.AreAskedFor(args))
{
    return await Commands.RunAsync(args);
}

var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseKestrelHttpsConfiguration();
builder.AddServiceDefaults();
builder.AddMcpOidc().AddAuthorizationServer().AddProcessGuards();
builder.Services.RemoveDataProtectionStart();

return await builder.RunAsync(app =>
{
    app.UseMcpOidc();
    app.MapMcpOidc();
    app.MapDefaultEndpoints();
});
