using McpOidcApp;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateBuilder(args);

// The application's users: ASP.NET Core Identity with its stock pages, on SQLite. Schema version 3 stores passkeys.
builder.Services.AddDbContext<UsersContext>(options => options.UseSqlite(builder.Configuration.GetConnectionString("users")));
builder
    .Services.AddDefaultIdentity<IdentityUser>(options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
    .AddRoles<IdentityRole>()
    .AddEntityFrameworkStores<UsersContext>();
builder.Services.ConfigureApplicationCookie(cookie => cookie.LoginPath = SignInPages.Path);
builder.Services.AddRazorPages();

// MCP for these users: they sign in on the same login page.
builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer().UseApplicationSignIn<IdentityUser>();
builder.Services.AddMcpServer().WithHttpTransport().WithToolsFromAssembly().AddAuthorizationFilters();

var app = builder.Build();

// With several instances, or data to keep across schema changes, use migrations instead.
await using (var scope = app.Services.CreateAsyncScope())
{
    await scope.ServiceProvider.GetRequiredService<UsersContext>().Database.EnsureCreatedAsync();
}

app.UseMcpOidc();
app.UseStaticFiles();
app.MapRazorPages();
app.MapSignInPages();
app.MapMcpOidc();
app.MapMcp("/mcp").RequireMcpOidc();
app.MapGet("/", () => Results.Redirect("/passkeys"));
app.MapHealthChecks("/health").RequireHost("*"); // probes use the IP address of the container
app.Run();
