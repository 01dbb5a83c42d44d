using System.Collections.Concurrent;
using System.ComponentModel;
using System.Security.Claims;
using McpOidc.Protection;
using McpOidc.SignIn;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.SignIn.Application;

/// <summary>An MCP server in an application with its own users, cookie and login page.</summary>
internal sealed class ApplicationWorld : IAsyncDisposable
{
    public const string Scheme = "Staff cookie";
    private int _forms;

    private ApplicationWorld() { }

    public TestSystem System { get; private set; } = null!;

    public AdjustableClock Clock => System.Clock;

    public Users People { get; } = new();

    /// <summary>Whether the login page immediately redirects back users who are already signed in.</summary>
    public bool SendsBack { get; set; }

    /// <summary>How often the login form was shown.</summary>
    public int Forms => _forms;

    /// <summary>The address the login page last redirected back to.</summary>
    public string ReturnUrl { get; private set; } = "";

    public static async Task<ApplicationWorld> StartAsync(
        Action<TestSystemOptions>? configure = null,
        Action<CookieAuthenticationOptions>? cookie = null,
        bool hasUsers = true
    )
    {
        var world = new ApplicationWorld();
        world.System = await TestSystem.StartAsync(options =>
        {
            // No provider other than the application.
            options.Provider = new IdentityProviderSettings("", "", null);
            options.Server = builder =>
            {
                builder.Services.AddSingleton(world.People);
                builder.Services.AddAuthentication(Scheme).AddCookie(Scheme, settings => Configure(settings, cookie));
                builder.Services.AddAuthorization();
                builder.UseApplicationSignIn(Scheme);
                if (hasUsers)
                {
                    builder.UseApplicationUsers<FoundUsers>();
                }
            };
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<StaffTools>().AddAuthorizationFilters();
            options.Map = world.Map;
            configure?.Invoke(options);
        });
        return world;
    }

    /// <summary>A client whose user has signed in.</summary>
    public async Task<(OAuthClient Client, TokenAnswer Tokens)> SignInAsync(Browser browser)
    {
        var client = System.CreateClient();
        return (client, await client.SignInAsync(browser));
    }

    public ValueTask DisposeAsync() => System.DisposeAsync();

    private static void Configure(CookieAuthenticationOptions settings, Action<CookieAuthenticationOptions>? change)
    {
        settings.LoginPath = "/staff/sign-in";
        settings.ExpireTimeSpan = TimeSpan.FromDays(14);
        change?.Invoke(settings);
    }

    private void Map(WebApplication app)
    {
        var pages = app.MapGroup("/staff").WithMetadata(new AllowAnonymousAttribute());
        pages.MapGet("/sign-in", ShowAsync);
        pages.MapPost("/sign-in", (Delegate)EnterAsync).DisableAntiforgery();
        pages.MapGet("/sign-out", (HttpContext http) => http.SignOutAsync(Scheme));
        app.MapGet("/staff/home", (ClaimsPrincipal user) => user.Identity!.Name).RequireAuthorization();
    }

    private IResult ShowAsync(HttpContext http)
    {
        ReturnUrl = http.Request.Query["ReturnUrl"].ToString();
        if (SendsBack && http.User.Identity?.IsAuthenticated == true)
        {
            return Results.LocalRedirect(ReturnUrl);
        }

        Interlocked.Increment(ref _forms);
        return Results.Content(
            """<form method="post"><input name="username"><input name="password" type="password"><button>Sign in</button></form>""",
            "text/html"
        );
    }

    private async Task<IResult> EnterAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (People.Find(form["username"].ToString()) is not { } user || form["password"] != user.Name)
        {
            return Results.Content("Wrong.", "text/plain", statusCode: 403);
        }

        var identity = new ClaimsIdentity(user.Claims(), "password", ClaimTypes.Name, ClaimTypes.Role);
        await http.SignInAsync(Scheme, new ClaimsPrincipal(identity));
        return Results.LocalRedirect(http.Request.Query["ReturnUrl"].ToString());
    }

    /// <summary>The users of the application.</summary>
    internal sealed class Users
    {
        private readonly ConcurrentDictionary<string, User> _users = new([
            new("alice", new User("alice", "1", "one", ["owner"])),
            new("bob", new User("bob", "2", "one", [])),
        ]);

        /// <summary>Whether the database is unavailable.</summary>
        public bool AreAway { get; set; }

        /// <summary>Completes when the database responds; ignores cancellation.</summary>
        public Task Answer { get; set; } = Task.CompletedTask;

        public User? Find(string name) => _users.GetValueOrDefault(name);

        public User? FindById(string id) =>
            AreAway ? throw new TimeoutException("The database is away.") : _users.Values.FirstOrDefault(user => user.Id == id);

        public void Change(string name, Func<User, User> change) => _users[name] = change(_users[name]);

        public void Remove(string name) => _users.TryRemove(name, out _);
    }

    internal sealed record User(string Name, string Id, string Stamp, string[] Roles)
    {
        public Claim[] Further { get; init; } = [];

        public IEnumerable<Claim> Claims() =>
            [
                new Claim(ClaimTypes.NameIdentifier, Id),
                new Claim(ClaimTypes.Name, Name),
                new Claim(ClaimTypes.Email, Name + "@example.com"),
                new Claim("email_verified", "true", ClaimValueTypes.Boolean),
                new Claim("urn:example:desk", "7"),
                .. Roles.Select(role => new Claim(ClaimTypes.Role, role)),
                .. Further,
            ];
    }

    private sealed class FoundUsers(Users users) : IApplicationUsers
    {
        public async ValueTask<ApplicationUser?> FindAsync(string subject, CancellationToken cancellationToken)
        {
            await users.Answer;
            return users.FindById(subject) is { } user ? new ApplicationUser { Stamp = user.Stamp, Claims = user.Claims() } : null;
        }
    }
}

/// <summary>Tools of an application that knows roles.</summary>
[McpServerToolType]
public sealed class StaffTools
{
    [McpServerTool(Name = "close_shop"), Authorize(Roles = "owner"), Description("For owners.")]
    public static string CloseShop() => "closed";

    [McpServerTool(Name = "provider_token"), Description("Asks for a token of the identity provider.")]
    public static async Task<string> ProviderTokenAsync(ClaimsPrincipal user, IIdentityProviderTokens tokens, CancellationToken ct) =>
        await tokens.GetAsync(user, ct) is null ? "none" : "some";

    [McpServerTool(Name = "calls_api"), RequiresIdentityProviderToken, Description("Calls an API with the provider's token.")]
    public static string CallsApi() => "called";
}
