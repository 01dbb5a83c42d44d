using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Hosting;

/// <summary>A feature that the application itself brings.</summary>
internal sealed record ApplicationFeature(
    Action<IServiceCollection> Add,
    Action<WebApplication>? Before = null,
    Action<WebApplication>? After = null,
    Action<WebApplication>? Map = null
)
{
    // Some of these are below McpOidc's paths.
    public static readonly string[] Uploads = ["/own/upload", "/account/avatar", "/admin/upload", "/device/photo", "/oauth/own"];

    public static readonly Dictionary<string, ApplicationFeature> All = new()
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
        ["antiforgery"] = new(
            services => services.AddAntiforgery(),
            After: app => app.UseAntiforgery(),
            Map: app => app.MapPost("/own/form", ([FromForm] string? name) => name).AllowAnonymous()
        ),
        ["health checks"] = new(
            services => services.AddHealthChecks(),
            Map: app => app.MapHealthChecks("/healthz", new() { Predicate = _ => false }).AllowAnonymous()
        ),
        ["large bodies"] = new(
            _ => { },
            Map: app =>
            {
                foreach (var path in Uploads)
                {
                    app.MapPost(
                            path,
                            async (HttpContext http) =>
                            {
                                using var body = new MemoryStream();
                                await http.Request.Body.CopyToAsync(body);
                                return $"{body.Length}";
                            }
                        )
                        .AllowAnonymous();
                }
            }
        ),
    };

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
