using GitHubSignIn;

var builder = WebApplication.CreateBuilder(args);
builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer().AddProcessGuards();
builder.AddGitHubTools();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.Run();
