using System.Text.Json;
using Aspire.StackExchange.Redis;
using McpOidc.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>The common setup of all services: telemetry, health, resilience, service discovery, and the shared Redis.</summary>
public static class Extensions
{
    /// <summary>The longest <c>McpOidc:IdentityProvider:Timeout</c>.</summary>
    private static readonly TimeSpan s_longestAttempt = TimeSpan.FromMinutes(1);

    private const string HealthPath = "/health";
    private const string AlivePath = "/alive";
    private const string LiveTag = "live";
    private const string RedisName = "redis";

    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddSettingsBesideProgram();
        ConsoleFormat.Add(builder.Services);
        // Without a collector nothing is collected, and none of it is loaded.
        if (builder.HasCollector())
        {
            builder.ConfigureOpenTelemetry();
        }

        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            // A code or refresh token that is sent twice is a replay: only safe methods are retried. One pipeline per host: otherwise all
            // clients would share a circuit breaker, and one unreachable host would cut off all others.
            http.AddStandardResilienceHandler(options =>
                {
                    options.Retry.DisableForUnsafeHttpMethods();
                    // McpOidc's clients have their own time-outs from settings; the usual 10 seconds would be too short for some.
                    options.AttemptTimeout.Timeout = s_longestAttempt;
                    options.TotalRequestTimeout.Timeout = s_longestAttempt * 3;
                    options.CircuitBreaker.SamplingDuration = s_longestAttempt * 2;
                })
                .SelectPipelineByAuthority();
            http.AddServiceDiscovery();
        });
        builder.AddSharedRedis();
        return builder;
    }

    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        // Under any host name: probes use the container's address.
        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = WriteHealthAsync }).RequireHost("*");
        app.MapHealthChecks(
                AlivePath,
                new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag), ResponseWriter = WriteHealthAsync }
            )
            .RequireHost("*");
        return app;
    }

    private static void ConfigureOpenTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder
            .Services.AddOpenTelemetry()
            .WithMetrics(metrics =>
                metrics
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddMeter("McpOidc", "Experimental.ModelContextProtocol")
            )
            .WithTracing(tracing =>
                tracing
                    .AddSource(builder.Environment.ApplicationName, "McpOidc", "Experimental.ModelContextProtocol")
                    .AddAspNetCoreInstrumentation(options =>
                        options.Filter = context =>
                            !context.Request.Path.StartsWithSegments(HealthPath) && !context.Request.Path.StartsWithSegments(AlivePath)
                    )
                    .AddHttpClientInstrumentation()
                    .AddProcessor<LoneStoreCommandFilter>()
            )
            .UseOtlpExporter();
    }

    /// <summary>
    /// Aspire's Redis client for <c>ConnectionStrings:redis</c>, if set. Unlike everything else, it reads its configuration while the host
    /// is built: <c>AddRedisClient</c> works that way, and what it registers depends on it.
    /// </summary>
    private static void AddSharedRedis<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(RedisName)))
        {
            return;
        }

        // It logs 51 lines at Information at each start, and a stack trace for each of five attempts a second while Redis is unreachable.
        builder.Logging.AddFilter("StackExchange.Redis", LogLevel.Critical);
        builder.AddRedisClient(RedisName, ConfigureClient, RedisConnection.Configure);

        void ConfigureClient(StackExchangeRedisSettings settings)
        {
            // McpOidc's own health check covers the store, within a second.
            settings.DisableHealthChecks = true;
            settings.DisableTracing = !builder.HasCollector();
        }
    }

    // The exporter reads its own settings.
    private static bool HasCollector<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder => !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    // The npm package's format: {"status":"ok","timestamp":…}. Without details of the checks, because the page is public.
    private static Task WriteHealthAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var status =
            report.Status == HealthStatus.Healthy ? "ok"
            : report.Status == HealthStatus.Degraded ? "degraded"
            : "unhealthy";
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(
                new Dictionary<string, string>
                {
                    ["status"] = status,
                    ["timestamp"] = DateTime.UtcNow.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
                }
            )
        );
    }
}
