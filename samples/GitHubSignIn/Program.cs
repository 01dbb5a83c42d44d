using GitHubSignIn;
using McpOidc;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddMcpOidc().AddServer().AddProtection().UseGitHub();
builder.Services.AddGitHubTools();

var app = builder.Build();
app.UseMcpOidc();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.Run();
