using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// McpOidc in an existing application: the application's endpoints answer as without it, and McpOidc's answer under any policy of the
/// application.
/// </summary>
public sealed class ExistingApplicationTests : IDisposable
{
    private const string Stranger = "https://evil.example";
    private const int Large = 200 * 1024;

    /// <summary>Application paths that start like McpOidc's, or that belong to McpOidc in the other role.</summary>
    public static TheoryData<string, bool> OwnPaths
    {
        get
        {
            var data = new TheoryData<string, bool>();
            string[] below =
            [
                "/me/profile",
                "/admin/upload",
                "/account/avatar",
                "/oauth/apps",
                "/session/list",
                "/token/list",
                "/request/new",
                "/jwks/viewer",
                "/revoke/all",
                "/authorize/device",
                "/.well-known/security.txt",
            ];
            // /register/{client_id} belongs to the authorization server.
            string[] alone = ["/register/form", "/me", "/admin", "/account", "/jwks", "/request", "/session/end"];
            foreach (var path in below)
            {
                data.Add(path, true);
                data.Add(path, false);
            }

            foreach (var path in alone)
            {
                data.Add(path, false);
            }

            return data;
        }
    }

    private readonly string _folder = Directory.CreateTempSubdirectory("mcpoidc-existing-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(OwnPaths))]
    public async Task An_endpoint_of_the_application_responds_as_without_McpOidc(string path, bool isServer)
    {
        await using var with = await StartAsync(isServer, app => MapOwn(app, path));
        await using var without = await StartPlainAsync(app => MapOwn(app, path));
        foreach (var request in Requests(path))
        {
            Assert.Equal(await AnswerAsync(without, request()), await AnswerAsync(with, request()));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Our_endpoints_respond_even_if_the_application_requires_all_users_to_sign_in(bool isServer)
    {
        await using var app = await StartAsync(
            isServer,
            app => app.MapGet("/private", () => "private"),
            services =>
            {
                services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
                services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
            }
        );
        using var http = Client(app);
        Assert.Equal(302, (int)(await http.GetAsync("/private")).StatusCode);
        Assert.Equal(200, (int)(await http.GetAsync("/.well-known/oauth-protected-resource")).StatusCode);

        if (isServer)
        {
            Assert.Equal(200, (int)(await http.GetAsync("/.well-known/oauth-authorization-server")).StatusCode);
            Assert.Equal(
                201,
                (int)(await http.PostAsJsonAsync("/register", OAuthClient.Metadata(OAuthClient.DefaultRedirectUri))).StatusCode
            );
            Assert.Equal(200, (int)(await http.GetAsync("/oauth/style.css")).StatusCode);
            Assert.Equal(400, (int)(await http.GetAsync("/oauth/consent?interaction=x")).StatusCode);
        }
    }

    [Fact]
    public async Task AddMcpOidc_called_twice_registers_nothing_twice()
    {
        await using var app = await StartAsync(
            isServer: true,
            _ => { },
            services => services.AddMcpOidc().AddResourceServer().AddAuthorizationServer()
        );
        using var http = Client(app);
        Assert.Equal(200, (int)(await http.GetAsync("/health")).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_application_without_UseMcpOidc_does_not_start(bool mapsOwn)
    {
        await using var app = Build(isServer: false, _ => { });
        if (mapsOwn)
        {
            app.MapMcpOidc();
        }
        else
        {
            app.MapGet("/mcp", () => "unguarded").RequireMcpOidc();
        }

        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => app.StartAsync());
        Assert.Contains("app.UseMcpOidc() is missing", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_open_to_everyone_belongs_to_the_application_even_in_a_protected_group()
    {
        static void Map(IEndpointRouteBuilder group) => group.MapGet("/about", () => "about").AllowAnonymous();
        await using var with = await StartAsync(isServer: false, app => Map(app.MapGroup("/mcp").RequireMcpOidc()));
        await using var without = await StartPlainAsync(app => Map(app.MapGroup("/mcp")));
        foreach (
            var request in new Func<HttpRequestMessage>[]
            {
                () =>
                    new(HttpMethod.Get, "/mcp/about") { Headers = { { "Origin", Stranger } } },
                () =>
                    new(HttpMethod.Get, "/mcp/about") { Headers = { Host = "other.example" } },
            }
        )
        {
            Assert.Equal(await AnswerAsync(without, request()), await AnswerAsync(with, request()));
        }
    }

    [Theory]
    [InlineData("GET", 401)]
    [InlineData("OPTIONS", 204)]
    public async Task A_protected_endpoint_with_a_CORS_policy_of_the_application_goes_by_that_policy(string method, int status)
    {
        await using var app = await StartAsync(
            isServer: false,
            app => app.MapGet("/notes", [RequireScopes("notes:read")] () => "notes").RequireCors("friends"),
            services => services.AddCors(cors => cors.AddPolicy("friends", policy => policy.WithOrigins("https://friend.example"))),
            before: app => app.UseRouting().UseCors()
        );
        using var http = Client(app);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/notes")
        {
            Headers = { { "Origin", "https://friend.example" }, { "Access-Control-Request-Method", "GET" } },
        };
        using var answer = await http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("https://friend.example", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_only_scheme_of_the_application_stays_the_default_even_if_it_is_one_of_OpenIddict(bool isServer)
    {
        await using var app = Build(isServer, services => services.AddOpenIddict().AddValidation(validation => validation.UseAspNetCore()));
        var scheme = await app.Services.GetRequiredService<IAuthenticationSchemeProvider>().GetDefaultAuthenticateSchemeAsync();
        Assert.Equal("OpenIddict.Validation.AspNetCore", scheme?.Name);
    }

    [Theory]
    [InlineData("is missing")]
    [InlineData("is missing", "/auth")]
    [InlineData("is called twice", "", "")]
    public async Task An_application_that_does_not_map_McpOidc_once_at_its_root_does_not_start(string complaint, params string[] prefixes)
    {
        foreach (var isServer in new[] { true, false })
        {
            await using var app = Build(isServer, _ => { });
            app.UseMcpOidc();
            app.MapGet("/mcp", () => "guarded").RequireMcpOidc();
            foreach (var prefix in prefixes)
            {
                app.MapGroup(prefix).MapMcpOidc();
            }

            var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => app.StartAsync());
            Assert.Contains($"app.MapMcpOidc() {complaint}", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task McpOidc_may_be_mapped_in_a_group_without_a_prefix()
    {
        await using var app = Build(isServer: true, _ => { });
        app.UseMcpOidc();
        app.MapGroup("").RequireHost("localhost").MapMcpOidc();
        await app.StartAsync();
        using var http = Client(app);
        Assert.Equal(200, (int)(await http.GetAsync("/.well-known/oauth-authorization-server")).StatusCode);
        Assert.Equal(400, (int)(await http.GetAsync("/authorize")).StatusCode);
    }

    [Theory]
    [InlineData("/token")]
    [InlineData("/TOKEN")]
    [InlineData("/token/")]
    [InlineData("/token//")]
    [InlineData("//token")]
    [InlineData("/%74oken")]
    [InlineData("/token%2F")]
    [InlineData("/token%00")]
    [InlineData("/./token")]
    [InlineData("/x/../token")]
    [InlineData("/x/%2e%2e/token")]
    [InlineData("/x\\..\\token")]
    [InlineData("/token;x")]
    [InlineData("/token/revocation/")]
    [InlineData("/token/../token")]
    public async Task Every_path_that_OpenIddict_treats_as_its_endpoint_is_recognized_beforehand(string target)
    {
        await using var app = await StartAsync(isServer: true, _ => { });
        var answer = await RawHttp.SendAsync(
            app.Urls.Single(),
            "POST",
            target,
            $"Host: {new Uri(app.Urls.Single()).Authority}",
            "Content-Length: 0"
        );
        var isAnswered =
            answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal) && answer.Contains("\"error\"", StringComparison.Ordinal);
        Assert.Equal(
            isAnswered,
            answer.Contains("Cache-Control: no-store", StringComparison.Ordinal)
                && answer.Contains("X-Content-Type-Options: nosniff", StringComparison.Ordinal)
        );
        Assert.True(isAnswered || !answer.StartsWith("HTTP/1.1 2", StringComparison.Ordinal), answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exception_in_the_application_is_handled_by_the_application(bool isServer)
    {
        static void Map(WebApplication app)
        {
            app.MapGet("/fault", string () => throw new InvalidOperationException("mine"));
            app.MapGet("/refused", string () => throw new BadHttpRequestException("mine", 418));
            app.MapGet("/away", string () => throw new McpOidc.Storage.StoreUnavailableException("mine", new TimeoutException()));
        }

        static void Before(WebApplication app) =>
            app.UseExceptionHandler(handler => handler.Run(context => context.Response.WriteAsync("The application's answer.")));

        await using var with = await StartAsync(isServer, Map, before: Before);
        await using var without = await StartPlainAsync(app =>
        {
            Before(app);
            Map(app);
        });
        foreach (var path in new[] { "/fault", "/refused", "/away" })
        {
            Assert.Equal(await AnswerAsync(without, new(HttpMethod.Get, path)), await AnswerAsync(with, new(HttpMethod.Get, path)));
        }
    }

    private static void MapOwn(WebApplication app, string path) =>
        app.MapMethods(
            path,
            ["GET", "POST"],
            async (HttpContext context) =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                return $"{context.Request.Method} {body.Length}";
            }
        );

    private static IEnumerable<Func<HttpRequestMessage>> Requests(string path)
    {
        yield return () => new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Origin", Stranger } } };
        yield return () =>
            new HttpRequestMessage(HttpMethod.Options, path)
            {
                Headers = { { "Origin", Stranger }, { "Access-Control-Request-Method", "DELETE" } },
            };
        yield return () => new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[Large]) };
        yield return () =>
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new MultipartFormDataContent("boundary") { { new StringContent("x"), "file", "x.txt" } },
            };
        yield return () =>
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent("a=%")
                {
                    Headers = { ContentType = MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded; charset=utf-7") },
                },
            };
        yield return () => new HttpRequestMessage(HttpMethod.Delete, path);
    }

    private static async Task<string> AnswerAsync(WebApplication app, HttpRequestMessage request)
    {
        using var http = Client(app);
        using var response = await http.SendAsync(request);
        var headers = response
            .Headers.Concat(response.Content.Headers)
            .Where(header => header.Key is not "Date")
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")
            .Order(StringComparer.Ordinal);
        return $"{(int)response.StatusCode}\n{string.Join('\n', headers)}\n{await response.Content.ReadAsStringAsync()}";
    }

    private static HttpClient Client(WebApplication app) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(app.Urls.Single()),
            Timeout = TimeSpan.FromSeconds(30),
        };

    private static async Task<WebApplication> StartPlainAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls($"http://localhost:{Loopback.FreePort()}");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    private async Task<WebApplication> StartAsync(
        bool isServer,
        Action<WebApplication> map,
        Action<IServiceCollection>? configure = null,
        Action<WebApplication>? before = null
    )
    {
        var app = Build(isServer, configure ?? (_ => { }));
        before?.Invoke(app);
        app.UseMcpOidc();
        app.MapMcpOidc();
        app.MapHealthChecks("/health").AllowAnonymous();
        map(app);
        await app.StartAsync();
        return app;
    }

    private WebApplication Build(bool isServer, Action<IServiceCollection> configure)
    {
        var origin = $"http://localhost:{Loopback.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["McpOidc:Sqlite:Path"] = Path.Combine(_folder, $"{Guid.NewGuid():N}.db"),
                ["McpOidc:ResourceServer:Resource"] = origin + "/mcp",
                ["McpOidc:Authority"] = isServer ? null : "http://localhost:1",
                ["McpOidc:Issuer"] = isServer ? origin : null,
                ["McpOidc:Secret"] = new string('s', 48),
                ["McpOidc:IdentityProvider:Issuer"] = "http://localhost:1",
                ["McpOidc:IdentityProvider:ClientId"] = "client",
                ["McpOidc:IdentityProvider:ClientSecret"] = "secret",
            }
        );
        builder.WebHost.UseUrls(origin);
        builder.Logging.ClearProviders();
        var mcpOidc = builder.Services.AddMcpOidc().AddResourceServer().UseConfiguredStore();
        if (isServer)
        {
            mcpOidc.AddAuthorizationServer();
        }

        configure(builder.Services);
        return builder.Build();
    }
}
