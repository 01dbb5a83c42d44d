using GitHubSignIn;

var builder = WebApplication.CreateBuilder(args);
builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer().AddProcessGuards().UseGitHub();
builder.Services.AddGitHubTools();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.Run();
