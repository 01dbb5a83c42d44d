using McpOidc.Authorization.DeviceAuthorization;
using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Keys;
using McpOidc.RateLimits;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Telemetry;
using McpOidc.Token;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc;

/// <summary>This process is an authorization server.</summary>
internal sealed class AuthorizationServerRole : Role
{
    // Those that users and providers cause every day; other counters start with their first event.
    private static readonly string[] s_errors =
    [
        Errors.AccessDenied,
        Errors.InteractionRequired,
        Errors.LoginRequired,
        Errors.ServerError,
        Errors.TemporarilyUnavailable,
    ];

    public override bool IssuesTokens => true;

    // Its issuer and resources are in McpOidcOptions, which every role covers.
    public override IEnumerable<string?> Urls => [];

    public override void UsePathBase(IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetRequiredService<Issuer>().Path.Length > 0)
        {
            app.UseMiddleware<IssuerPathBaseMiddleware>();
        }
    }

    public override void UseMatched(IApplicationBuilder app) => app.UseMiddleware<IssuerPathMiddleware>();

    public override void UseLimits(IApplicationBuilder app)
    {
        app.UseMiddleware<KeysAwaitedMiddleware>();
        app.UseMiddleware<StrangersFullMiddleware>();
        app.UseMiddleware<ClientDocumentFaultMiddleware>();
        app.UseMiddleware<ForwardedCallerMiddleware>();
        app.UseMiddleware<HttpsMiddleware>();
        app.UseMiddleware<BodyLimitMiddleware>();
        app.UseMiddleware<BrokenFormMiddleware>();
        app.UseMiddleware<DevicePollFaultMiddleware>();
        app.UseMiddleware<ReadAheadMiddleware>();
    }

    public override void StartCounters(Metrics metrics, IServiceProvider services) =>
        metrics.StartServer(s_errors, services.GetRequiredService<RateLimitSet>().Names);

    public override void Map(IEndpointRouteBuilder endpoints) => AuthorizationServerEndpoints.Map(endpoints);
}
