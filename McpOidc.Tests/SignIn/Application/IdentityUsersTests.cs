using IdentityApp;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.SignIn.Application;

/// <summary>ASP.NET Core Identity as the application's users: which changes end a user's clients, and which do not (ADR 0037).</summary>
public sealed class IdentityUsersTests : IAsyncLifetime
{
    private const string Name = "alice@example.com";
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(61);
    private readonly SqliteConnection _database = new("Data Source=:memory:");
    private readonly Browser _browser = new();
    private TestSystem _system = null!;
    private OAuthClient _client = null!;
    private TokenAnswer _tokens = null!;

    [Fact]
    public async Task A_user_locked_out_by_an_operator_loses_every_client()
    {
        await ChangeAsync((users, user) => users.SetLockoutEndDateAsync(user, DateTimeOffset.MaxValue));
        await ExpectEndedAsync();
    }

    [Fact]
    public async Task A_deleted_user_loses_every_client()
    {
        await ChangeAsync((users, user) => users.DeleteAsync(user));
        await ExpectEndedAsync();
    }

    [Fact]
    public async Task A_new_password_ends_every_client_and_the_old_cookie_no_longer_signs_the_person_in()
    {
        await ChangeAsync((users, user) => users.AddPasswordAsync(user, "Correct-horse-1"));
        // Identity accepts the cookie until its SecurityStampValidator checks it.
        var result = await _client.AuthorizeAsync(_browser, ("prompt", "select_account"));
        Assert.Equal("/Account/Login", result.Uri.AbsolutePath);
        await ExpectEndedAsync();
    }

    [Fact]
    public async Task Wrong_password_attempts_end_nothing()
    {
        for (var tries = 0; tries < 5; tries++)
        {
            await ChangeAsync((users, user) => users.AccessFailedAsync(user));
        }

        await ChangeAsync(async (users, user) => Assert.True(await users.IsLockedOutAsync(user)));
        _system.Clock.Advance(s_interval);
        Assert.Equal(200, (await _client.RefreshAsync(_tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_cookie_that_Identity_rejects_as_outdated_revokes_the_clients_connected_with_it()
    {
        await ChangeAsync((users, user) => users.UpdateSecurityStampAsync(user));
        _system.Clock.Advance(TimeSpan.FromMinutes(31));
        using var answer = await _browser.GetAsync(_system.Issuer + "/home");
        Assert.Equal("nobody", await answer.Content.ReadAsStringAsync());
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(_tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task The_person_has_the_id_of_the_user_and_the_claims_of_Identity_without_the_security_stamp()
    {
        await using var scope = _system.Server.Services.CreateAsyncScope();
        var user = await scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>().FindByNameAsync(Name);
        var seen = await _client.CallAsync(_system.McpOrigin + "/me-as-seen", _tokens.AccessToken, HttpMethod.Get);
        var claims = System.Text.Json.Nodes.JsonNode.Parse(await seen.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal(user!.Id, claims["sub"]!.ToString());
        Assert.Equal((Name, "false"), (claims["email"]!.ToString(), claims["email_verified"]!.ToString()));
        Assert.DoesNotContain(user.SecurityStamp!, claims.ToJsonString(), StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        await _database.OpenAsync();
        _system = await TestSystem.StartAsync(options =>
        {
            options.Provider = new IdentityProviderSettings("", "", null);
            options.Server = builder =>
            {
                builder.Services.AddDbContext<UsersContext>(context => context.UseSqlite(_database));
                builder
                    .Services.AddIdentity<IdentityUser, IdentityRole>()
                    .AddEntityFrameworkStores<UsersContext>()
                    .AddDefaultTokenProviders();
                builder.UseApplicationSignIn<IdentityUser>();
            };
            options.Map = Map;
        });
        await using (var scope = _system.Server.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<UsersContext>().Database.EnsureCreatedAsync();
            var user = new IdentityUser(Name) { Email = Name, LockoutEnabled = true };
            Assert.True((await scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>().CreateAsync(user)).Succeeded);
        }

        using var entered = await _browser.GetAsync(_system.Issuer + "/enter");
        _client = _system.CreateClient();
        _tokens = await _client.SignInAsync(_browser);
        Assert.Equal(200, _tokens.Status);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        await _system.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/Account/Login", () => "The login page.");
        app.MapGet("/home", (HttpContext http) => http.User.Identity?.Name ?? "nobody");
        app.MapGet(
            "/enter",
            async (SignInManager<IdentityUser> signIn) =>
                await signIn.SignInAsync((await signIn.UserManager.FindByNameAsync(Name))!, isPersistent: false)
        );
        app.MapGet(
                "/me-as-seen",
                async (HttpContext http, McpOidc.Protection.IUserAccessor users) => (await users.GetAsync(http.User))?.Claims.ToJsonString()
            )
            .RequireMcpOidc();
    }

    private async Task ExpectEndedAsync()
    {
        _system.Clock.Advance(s_interval);
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(_tokens.RefreshToken)).Error);
    }

    private async Task ChangeAsync(Func<UserManager<IdentityUser>, IdentityUser, Task> change)
    {
        await using var scope = _system.Server.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
        await change(users, (await users.FindByNameAsync(Name))!);
    }
}
