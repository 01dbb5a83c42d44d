using ProtectExisting;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<Notes>();
builder.Services.AddMcpServer().WithHttpTransport().WithTools<NoteTools>();
builder.AddMcpOidc().AddResourceServer().UseSqlite(); // new 1: the check and its store; settings: appsettings.Development.json

var app = builder.Build();
app.UseMcpOidc(); // new 2: the middleware
app.MapMcpOidc(); // new 3: the metadata by which clients find the authorization server
app.MapMcp("/mcp").RequireMcpOidc(); // new 4: a token is required
app.Run();
