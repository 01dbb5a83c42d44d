using System.Collections.Concurrent;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.SignIn.Application;

/// <summary>The application's own users sign in with its login page and its cookie (ADR 0037).</summary>
public sealed class ApplicationSignInTests
{
    private const string ApplicationPath = "/oauth/application";

    [Fact]
    public async Task A_person_signs_in_at_the_login_page_of_the_application_and_is_the_same_person_next_time()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        Assert.Equal(1, world.Forms);
        var claims = JwtReader.Payload(tokens["id_token"]!);
        Assert.Equal(("alice", "alice@example.com"), (claims["name"]?.ToString(), claims["email"]?.ToString()));
        Assert.Equal("true", claims["email_verified"]?.ToString());

        using var elsewhere = new Browser();
        await using var sdk = await SdkClient.ConnectAsync(world.System.Resource, elsewhere);
        Assert.Equal(claims["sub"]!.ToString(), await sdk.CallAsync("whoami"));
    }

    [Fact]
    public async Task A_person_already_signed_in_at_the_application_sees_no_login_page()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        await browser.OpenAsync(world.System.Issuer + "/staff/home", uri => uri.AbsolutePath == "/staff/home" && world.Forms > 0);
        Assert.Equal(1, world.Forms);
        var (client, tokens) = await world.SignInAsync(browser);
        client.Dispose();
        Assert.Equal((200, 1), (tokens.Status, world.Forms));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prompt_login_accepts_only_a_sign_in_after_the_request(bool sendsBack)
    {
        await using var world = await ApplicationWorld.StartAsync();
        world.SendsBack = sendsBack;
        using var browser = new Browser();
        var (client, first) = await world.SignInAsync(browser);
        using var _ = client;
        world.Clock.Advance(TimeSpan.FromSeconds(10));
        var again = await client.RedeemAsync(await client.GetCodeAsync(browser, ("prompt", "login")));
        Assert.Equal(2, world.Forms);
        Assert.InRange(AuthTime(again) - AuthTime(first), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        // Replacing the old cookie does not count as a sign-out.
        Assert.Equal(200, (await client.RefreshAsync(first.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_renewed_cookie_does_not_count_as_a_new_sign_in()
    {
        await using var world = await ApplicationWorld.StartAsync(cookie: options =>
            options.Events.OnValidatePrincipal = context =>
            {
                // Like the SecurityStampValidator of ASP.NET Core Identity every half hour.
                context.ShouldRenew = true;
                return Task.CompletedTask;
            }
        );
        world.SendsBack = true;
        using var browser = new Browser();
        var (client, first) = await world.SignInAsync(browser);
        using var _ = client;
        world.Clock.Advance(TimeSpan.FromHours(1));
        await browser.GetAsync(world.System.Issuer + "/staff/home");
        var again = await client.RedeemAsync(await client.GetCodeAsync(browser, ("max_age", "1800")));
        Assert.Equal(2, world.Forms);
        Assert.InRange(AuthTime(again) - AuthTime(first), TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(61));
    }

    [Theory]
    [InlineData("3600", 1)]
    [InlineData("60", 2)]
    [InlineData("0", 2)]
    public async Task A_sign_in_older_than_max_age_must_be_repeated(string age, int forms)
    {
        await using var world = await ApplicationWorld.StartAsync();
        world.SendsBack = true;
        using var browser = new Browser();
        var (client, _) = await world.SignInAsync(browser);
        using var disposing = client;
        world.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(200, (await client.RedeemAsync(await client.GetCodeAsync(browser, ("max_age", age)))).Status);
        Assert.Equal(forms, world.Forms);
    }

    [Fact]
    public async Task The_response_for_an_old_cookie_is_refused_even_if_the_rounds_are_skipped()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (client, _) = await world.SignInAsync(browser);
        using var disposing = client;
        world.Clock.Advance(TimeSpan.FromMinutes(2));
        foreach (
            var skip in new Func<Uri, string>[]
            {
                uri => uri + "&round=2",
                uri => uri.AbsoluteUri.Replace(ApplicationPath, "/oauth/callback", StringComparison.Ordinal),
            }
        )
        {
            var stopped = await browser.OpenAsync(client.AuthorizeUrl(("prompt", "login")), uri => uri.AbsolutePath == ApplicationPath);
            var result = await browser.OpenAsync(skip(stopped.Uri), client.IsRedirectUri);
            result.ExpectRedirectError(client, "login_required");
        }
    }

    [Fact]
    public async Task The_login_page_is_told_what_the_client_asked_for()
    {
        string? seen = null;
        await using var world = await ApplicationWorld.StartAsync(cookie: options =>
        {
            var redirect = options.Events.OnRedirectToLogin;
            options.Events.OnRedirectToLogin = context =>
            {
                seen = context.Properties.GetParameter<string>("acr_values");
                return redirect(context);
            };
        });
        using var browser = new Browser();
        using var client = world.System.CreateClient();
        await client.RegisterAsync();
        await client.GetCodeAsync(browser, ("acr_values", "mfa"), ("login_hint", "alice@example.com"), ("prompt", "login"));
        Assert.Equal("mfa", seen);
        Assert.StartsWith(ApplicationPath + "?state=", world.ReturnUrl, StringComparison.Ordinal);
        var shown = System.Web.HttpUtility.ParseQueryString(world.ReturnUrl.Split('?')[1]);
        Assert.Equal(("mfa", "alice@example.com", "login"), (shown["acr_values"], shown["login_hint"], shown["prompt"]));
    }

    [Theory]
    [InlineData(ApplicationPath)]
    [InlineData("/oauth/callback")]
    public async Task A_sign_in_started_in_one_browser_cannot_be_finished_in_another(string path)
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var attacker = new Browser { UserName = "bob" };
        using var client = world.System.CreateClient();
        await client.RegisterAsync();
        var stopped = (await attacker.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsolutePath == ApplicationPath)).Uri;

        using var victim = new Browser();
        var (other, _) = await world.SignInAsync(victim);
        using var disposing = other;
        var forms = world.Forms;
        var result = await victim.OpenAsync(
            stopped.AbsoluteUri.Replace(ApplicationPath, path, StringComparison.Ordinal),
            client.IsRedirectUri
        );
        Assert.Equal((400, forms), (result.Status, world.Forms));
        Assert.Contains("Reference:", result.Html, StringComparison.Ordinal);

        // The user who started it continues, as herself.
        Assert.NotNull((await attacker.OpenAsync(stopped.AbsoluteUri, client.IsRedirectUri)).Query("code"));
    }

    [Fact]
    public async Task After_another_person_signed_in_at_the_application_the_next_code_is_for_that_person()
    {
        await using var world = await ApplicationWorld.StartAsync();
        using var browser = new Browser();
        var (client, alice) = await world.SignInAsync(browser);
        using var _ = client;
        browser.UserName = "bob";
        await browser.OpenAsync(world.System.Issuer + "/staff/sign-in?ReturnUrl=/staff/home", _ => false);
        var bob = await client.RedeemAsync(await client.GetCodeAsync(browser));
        Assert.NotEqual(JwtReader.Payload(alice.AccessToken)["sub"]!.ToString(), JwtReader.Payload(bob.AccessToken)["sub"]!.ToString());
        Assert.Equal("bob", JwtReader.Payload(bob["id_token"]!)["name"]!.ToString());
    }

    [Fact]
    public async Task Sign_in_works_if_the_application_requires_all_users_to_sign_in()
    {
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            var server = options.Server!;
            options.Server = builder =>
            {
                server(builder);
                builder
                    .Services.AddAuthorizationBuilder()
                    .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
            };
        });
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        client.Dispose();
        Assert.Equal((200, 1), (tokens.Status, world.Forms));
    }

    [Fact]
    public async Task Sign_in_works_below_a_path_with_the_cookie_of_the_application_at_the_root()
    {
        var port = Loopback.FreePort();
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            options.ServerPort = port;
            options.Set("McpOidc:Issuer", $"http://localhost:{port}/auth");
        });
        using var browser = new Browser();
        using var client = new OAuthClient($"http://localhost:{port}/auth", world.System.Resource);
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
        Assert.Contains(browser.Visited, url => url == $"http://localhost:{port}/staff/sign-in");
        var home = await browser.GetAsync($"http://localhost:{port}/staff/home");
        Assert.Equal("alice", await home.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/shop")]
    [InlineData("/shop/auth")]
    public async Task Sign_in_works_in_an_application_that_lives_below_a_path_itself(string issuerPath)
    {
        var port = Loopback.FreePort();
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            options.ServerPort = port;
            options.Set("McpOidc:Issuer", $"http://localhost:{port}{issuerPath}");
            options.Services = services => services.AddSingleton<IStartupFilter>(new FirstMiddleware(app => app.UsePathBase("/shop")));
        });
        using var browser = new Browser();
        using var client = new OAuthClient($"http://localhost:{port}{issuerPath}", world.System.Resource);
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
        Assert.Contains(browser.Visited, url => url == $"http://localhost:{port}/shop/staff/sign-in");
        var home = await browser.GetAsync($"http://localhost:{port}/shop/staff/home");
        Assert.Equal("alice", await home.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_person_who_may_not_sign_in_can_use_another_account_of_the_application()
    {
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            options.Set("McpOidc:IdentityProvider:Allow:0:Groups:0", "owner");
            options.Set("McpOidc:IdentityProvider:GroupsClaim", "roles");
        });
        world.SendsBack = true;
        using var browser = new Browser { UserName = "bob" };
        using var client = world.System.CreateClient();
        await client.RegisterAsync();
        var refused = await client.AuthorizeAsync(browser);
        Assert.Equal(403, refused.Status);
        browser.UserName = "alice";
        browser.Decision = "another";
        var (action, fields) = browser.ReadForm(refused.Html!, refused.Uri)!.Value;
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        using var next = await browser.PostAsync(action, fields);
        browser.Decision = "allow";
        var result = await browser.OpenAsync(new Uri(refused.Uri, next.Headers.Location!).AbsoluteUri, client.IsRedirectUri);
        Assert.NotNull(result.Query("code"));
        Assert.Equal(2, world.Forms);
    }

    [Fact]
    public async Task An_events_type_and_a_session_store_of_the_application_work_as_before()
    {
        var store = new MemoryTickets();
        await using var world = await ApplicationWorld.StartAsync(
            options =>
            {
                var server = options.Server!;
                options.Server = builder =>
                {
                    server(builder);
                    builder.Services.AddScoped<CountedEvents>();
                };
            },
            cookie: options =>
            {
                options.EventsType = typeof(CountedEvents);
                options.SessionStore = store;
            }
        );
        world.SendsBack = true;
        CountedEvents.SignIns = 0;
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        using var _ = client;
        Assert.Equal(1, CountedEvents.SignIns);
        world.Clock.Advance(TimeSpan.FromSeconds(5));
        var again = await client.RedeemAsync(await client.GetCodeAsync(browser, ("prompt", "login")));
        Assert.Equal((2, 2), (CountedEvents.SignIns, world.Forms));
        await browser.GetAsync(world.System.Issuer + "/staff/sign-out");
        Assert.Equal("invalid_grant", (await client.RefreshAsync(again.RefreshToken)).Error);
        // From the previous session, whose cookie the new one replaced.
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    private static DateTimeOffset AuthTime(TokenAnswer answer) =>
        DateTimeOffset.FromUnixTimeSeconds(JwtReader.Payload(answer["id_token"]!)["auth_time"]!.GetValue<long>());

    private sealed class MemoryTickets : ITicketStore
    {
        private readonly ConcurrentDictionary<string, AuthenticationTicket> _tickets = new(StringComparer.Ordinal);

        public Task<string> StoreAsync(AuthenticationTicket ticket)
        {
            var key = Guid.NewGuid().ToString("N");
            _tickets[key] = ticket;
            return Task.FromResult(key);
        }

        public Task RenewAsync(string key, AuthenticationTicket ticket)
        {
            _tickets[key] = ticket;
            return Task.CompletedTask;
        }

        public Task<AuthenticationTicket?> RetrieveAsync(string key) => Task.FromResult(_tickets.GetValueOrDefault(key));

        public Task RemoveAsync(string key) => Task.FromResult(_tickets.TryRemove(key, out _));
    }

    private sealed class CountedEvents : CookieAuthenticationEvents
    {
        public static int SignIns { get; set; }

        public override Task SigningIn(CookieSigningInContext context)
        {
            SignIns++;
            return Task.CompletedTask;
        }
    }
}
