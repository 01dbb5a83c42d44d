using ProtectExisting;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<Notes>();
builder.Services.AddMcpServer().WithHttpTransport().WithTools<NoteTools>();
builder.AddMcpOidc().AddResourceServer().UseSqlite(); // new 1: what is checked, and where; the settings are in appsettings.Development.json

var app = builder.Build();
app.UseMcpOidc(); // new 2: the middleware
app.MapMcpOidc(); // new 3: the metadata by which clients find the authorization server
app.MapMcp("/mcp").RequireMcpOidc(); // new 4: nobody without a token
app.Run();
