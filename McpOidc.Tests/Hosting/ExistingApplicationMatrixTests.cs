using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// What applications have by themselves, alone and all together, in each role: their own endpoints answer byte for byte as without McpOidc,
/// and ours work beside them.
/// </summary>
public sealed class ExistingApplicationMatrixTests : IDisposable
{
    private const string All = "all";

    private static readonly Dictionary<string, Feature> s_features = new()
    {
        ["cookies"] = new(
            services => services.AddAuthentication().AddCookie(),
            Map: app => app.MapGet("/own/private", (HttpContext http) => http.User.Identity?.Name).RequireAuthorization()
        ),
        ["another bearer scheme"] = new(
            services => services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, KeyHandler>("Bearer", null),
            Map: app =>
                app.MapGet("/own/by-key", [Authorize(AuthenticationSchemes = "Bearer")] (HttpContext http) => http.User.Identity?.Name)
        ),
        ["fallback policy"] = new(services =>
        {
            services.AddAuthentication("fallback").AddCookie("fallback");
            services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        }),
        ["controllers"] = new(
            services =>
                services
                    .AddControllers()
                    .ConfigureApplicationPartManager(parts => parts.FeatureProviders.Add(new OnlyOwn()))
                    .AddApplicationPart(typeof(OwnController).Assembly),
            Map: app => app.MapControllers()
        ),
        ["exception handler"] = new(
            services => services.AddProblemDetails(),
            Before: app => app.UseExceptionHandler(),
            Map: app =>
            {
                app.MapGet("/own/fault", string () => throw new InvalidOperationException("mine")).AllowAnonymous();
                app.MapGet("/own/refused", string () => throw new BadHttpRequestException("mine", 418)).AllowAnonymous();
            }
        ),
        ["CORS"] = new(
            services =>
                services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins("https://friend.example").AllowCredentials())),
            After: app => app.UseCors(),
            Map: app => app.MapGet("/own/cors", () => "ok").AllowAnonymous()
        ),
        ["forwarded headers"] = new(
            services =>
                services.Configure<ForwardedHeadersOptions>(forwarded =>
                {
                    forwarded.ForwardedHeaders = ForwardedHeaders.All;
                    forwarded.ForwardLimit = 2;
                }),
            Before: app => app.UseForwardedHeaders(),
            Map: app =>
                app.MapGet(
                        "/own/caller",
                        (HttpContext http) => $"{http.Connection.RemoteIpAddress} {http.Request.Scheme} {http.Request.Host}"
                    )
                    .AllowAnonymous()
        ),
        ["rate limiter"] = new(
            services =>
                services.AddRateLimiter(limits =>
                    limits.AddPolicy(
                        "own",
                        _ =>
                            RateLimitPartition.GetFixedWindowLimiter(
                                "",
                                _ => new FixedWindowRateLimiterOptions { PermitLimit = 1, Window = TimeSpan.FromHours(1) }
                            )
                    )
                ),
            After: app => app.UseRateLimiter(),
            Map: app => app.MapGet("/own/limited", () => "ok").AllowAnonymous().RequireRateLimiting("own")
        ),
        ["health checks"] = new(
            services => services.AddHealthChecks(),
            Map: app => app.MapHealthChecks("/healthz", new() { Predicate = _ => false }).AllowAnonymous()
        ),
        ["large bodies"] = new(
            _ => { },
            Map: app =>
                app.MapPost(
                        "/own/upload",
                        async (HttpContext http) =>
                        {
                            using var body = new MemoryStream();
                            await http.Request.Body.CopyToAsync(body);
                            return $"{body.Length}";
                        }
                    )
                    .AllowAnonymous()
        ),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("mcpoidc-existing-").FullName;

    public static TheoryData<string, ApplicationRole> Matrix
    {
        get
        {
            var data = new TheoryData<string, ApplicationRole>();
            foreach (var feature in s_features.Keys.Append(All))
            {
                foreach (var role in Enum.GetValues<ApplicationRole>())
                {
                    data.Add(feature, role);
                }
            }

            return data;
        }
    }

    public enum ApplicationRole
    {
        Integrated,
        ProtectOnly,
        AuthorizationServerOnly,
        TwoResources,
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task An_application_answers_at_its_own_endpoints_as_without_McpOidc_and_ours_work_beside_them(
        string name,
        ApplicationRole role
    )
    {
        var features = name == All ? s_features.Values.ToList() : [s_features[name]];
        await using var without = await StartAsync(features, role: null);
        await using var with = await StartAsync(features, role);
        foreach (var request in OwnRequests())
        {
            Assert.Equal(await AnswerAsync(without, request()), await AnswerAsync(with, request()));
        }

        await AssertOursWorkAsync(with, role);
    }

    [Theory]
    [InlineData(ApplicationRole.Integrated)]
    [InlineData(ApplicationRole.ProtectOnly)]
    public async Task An_application_logs_its_requests_as_without_McpOidc(ApplicationRole role)
    {
        foreach (var used in new ApplicationRole?[] { null, role })
        {
            using var logs = new LogSink();
            await using var app = await StartAsync([s_features["large bodies"]], used, logs);
            await AnswerAsync(app, new(HttpMethod.Post, "/own/upload?x=1"));
            Assert.Contains(logs.Lines, line => line.Contains("/own/upload?x=1", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<Func<HttpRequestMessage>> OwnRequests()
    {
        string[] paths =
        [
            "/own/private",
            "/own/by-key",
            "/own/controller",
            "/own/fault",
            "/own/refused",
            "/own/cors",
            "/own/caller",
            "/own/limited",
            "/own/limited",
            "/healthz",
            "/own/upload",
            "/own/nothing",
            "/",
            "/mcp-docs",
            "/oauth",
            "/tokens",
        ];
        foreach (var path in paths)
        {
            yield return () => new(HttpMethod.Get, path);
            yield return () => new(HttpMethod.Get, path) { Headers = { { "Origin", "https://evil.example" } } };
            yield return () => new(HttpMethod.Get, path) { Headers = { { "Origin", "https://friend.example" } } };
            yield return () =>
                new(HttpMethod.Options, path)
                {
                    Headers = { { "Origin", "https://friend.example" }, { "Access-Control-Request-Method", "DELETE" } },
                };
            yield return () => new(HttpMethod.Get, path) { Headers = { Host = "other.example" } };
            yield return () =>
                new(HttpMethod.Get, path)
                {
                    Headers =
                    {
                        { "X-Forwarded-For", "192.0.2.7, 192.0.2.8" },
                        { "X-Forwarded-Proto", "https" },
                        { "X-Forwarded-Host", "front.example" },
                    },
                };
            yield return () => new(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "key") } };
            yield return () => new(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Basic", "eDp5") } };
            yield return () => new(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[200 * 1024]) };
            yield return () =>
                new(HttpMethod.Post, path)
                {
                    Content = new MultipartFormDataContent("boundary") { { new StringContent("x"), "file", "x.txt" } },
                };
        }
    }

    private static async Task AssertOursWorkAsync(WebApplication app, ApplicationRole role)
    {
        using var http = Client(app);
        if (role is not ApplicationRole.AuthorizationServerOnly)
        {
            string[] paths = role is ApplicationRole.TwoResources ? ["/mcp", "/b/mcp"] : ["/mcp"];
            foreach (var path in paths)
            {
                using var metadata = await http.GetAsync("/.well-known/oauth-protected-resource" + path);
                Assert.Equal(HttpStatusCode.OK, metadata.StatusCode);
                using var refused = await http.PostAsync(path, null);
                Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
                Assert.Contains(path, Assert.Single(refused.Headers.WwwAuthenticate).Parameter!, StringComparison.Ordinal);
            }
        }

        if (role is ApplicationRole.Integrated or ApplicationRole.AuthorizationServerOnly)
        {
            using var registered = await http.PostAsJsonAsync("/register", OAuthClient.Metadata(OAuthClient.DefaultRedirectUri));
            Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
            using var refused = await http.PostAsync("/token", new FormUrlEncodedContent([new("grant_type", "authorization_code")]));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync("/authorize")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/jwks")).StatusCode);
        }
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
        var answer =
            $"{request.Method} {request.RequestUri}\n{(int)response.StatusCode}\n"
            + $"{string.Join('\n', headers)}\n{await response.Content.ReadAsStringAsync()}";
        // The two listen on ports of their own; a problem names its trace.
        return System.Text.RegularExpressions.Regex.Replace(
            answer.Replace(new Uri(app.Urls.Single()).Authority, "own", StringComparison.Ordinal),
            "\"traceId\":\"[^\"]+\"",
            "\"traceId\":\"\""
        );
    }

    private static HttpClient Client(WebApplication app) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(app.Urls.Single()),
            Timeout = TimeSpan.FromSeconds(30),
        };

    private async Task<WebApplication> StartAsync(IReadOnlyList<Feature> features, ApplicationRole? role, LogSink? logs = null)
    {
        var origin = $"http://localhost:{Loopback.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls(origin);
        builder.Logging.ClearProviders();
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs).AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Information);
        }

        foreach (var feature in features)
        {
            feature.Add(builder.Services);
        }

        builder.Services.AddAuthorization();
        Add(builder, origin, role);
        var app = builder.Build();
        features.ToList().ForEach(feature => feature.Before?.Invoke(app));
        if (role is null)
        {
            app.UseRouting();
            app.UseAuthentication();
            app.UseAuthorization();
        }
        else
        {
            app.UseMcpOidc();
            app.MapMcpOidc();
        }

        features.ToList().ForEach(feature => feature.After?.Invoke(app));
        features.ToList().ForEach(feature => feature.Map?.Invoke(app));
        if (role is not null and not ApplicationRole.AuthorizationServerOnly)
        {
            app.MapPost("/mcp", () => "ok").RequireMcpOidc();
            app.MapPost("/b/mcp", () => "ok").RequireMcpOidc();
        }

        await app.StartAsync();
        return app;
    }

    private void Add(WebApplicationBuilder builder, string origin, ApplicationRole? role)
    {
        if (role is not { } used)
        {
            builder.Services.AddAuthentication();
            return;
        }

        var isServer = used is ApplicationRole.Integrated or ApplicationRole.AuthorizationServerOnly;
        var settings = new Dictionary<string, string?>
        {
            ["McpOidc:Sqlite:Path"] = Path.Combine(_folder, $"{Guid.NewGuid():N}.db"),
            ["McpOidc:ResourceServer:Resource"] = used is ApplicationRole.AuthorizationServerOnly ? null : origin + "/mcp",
            ["McpOidc:Authority"] = isServer ? null : "http://localhost:1",
            ["McpOidc:Issuer"] = isServer ? origin : null,
            ["McpOidc:Resources:0:Uri"] = isServer ? origin + "/mcp" : null,
            ["McpOidc:Secret"] = new string('s', 48),
            ["McpOidc:IdentityProvider:Issuer"] = "http://localhost:1",
            ["McpOidc:IdentityProvider:ClientId"] = "client",
            ["McpOidc:IdentityProvider:ClientSecret"] = "secret",
        };
        if (used is ApplicationRole.TwoResources)
        {
            settings["McpOidc:ResourceServer:Resources:b:Resource"] = origin + "/b/mcp";
        }

        builder.Configuration.AddInMemoryCollection(settings);
        var mcpOidc = builder.AddMcpOidc();
        if (isServer)
        {
            mcpOidc.AddAuthorizationServer();
        }

        if (used is not ApplicationRole.AuthorizationServerOnly)
        {
            mcpOidc.AddResourceServer().UseConfiguredStore();
        }
    }

    /// <summary>What an application has by itself.</summary>
    private sealed record Feature(
        Action<IServiceCollection> Add,
        Action<WebApplication>? Before = null,
        Action<WebApplication>? After = null,
        Action<WebApplication>? Map = null
    );

    private sealed class OnlyOwn : Microsoft.AspNetCore.Mvc.Controllers.ControllerFeatureProvider
    {
        protected override bool IsController(System.Reflection.TypeInfo typeInfo) => typeInfo == typeof(OwnController);
    }

    [Route("own/controller"), AllowAnonymous]
    public sealed class OwnController : ControllerBase
    {
        [HttpGet, HttpPost]
        public IActionResult Show() => Content("mine");
    }
}
