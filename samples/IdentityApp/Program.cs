using IdentityApp;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateBuilder(args);

// An application that has users: ASP.NET Core Identity with its stock pages, on SQLite. Schema 3 has passkeys.
builder.Services.AddDbContext<UsersContext>(options => options.UseSqlite(builder.Configuration.GetConnectionString("users")));
builder
    .Services.AddDefaultIdentity<IdentityUser>(options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
    .AddRoles<IdentityRole>()
    .AddEntityFrameworkStores<UsersContext>();
builder.Services.ConfigureApplicationCookie(cookie => cookie.LoginPath = SignInPages.Path);
builder.Services.AddRazorPages();

// And MCP for its users: they sign in where they always do.
builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer().UseApplicationSignIn<IdentityUser>();
builder.Services.AddMcpServer().WithHttpTransport().WithToolsFromAssembly().AddAuthorizationFilters();

var app = builder.Build();

// Where there is more than one instance, or a schema to keep, migrations take the place of this.
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
app.MapHealthChecks("/health").RequireHost("*"); // probes come to the address of the container
app.Run();
