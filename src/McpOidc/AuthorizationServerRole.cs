using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.RateLimits;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Token;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc;

/// <summary>This process is an authorization server.</summary>
internal sealed class AuthorizationServerRole : Role
{
    public override bool IssuesTokens => true;

    // Its issuer and resources are those of McpOidcOptions, which every role answers for.
    public override IEnumerable<string?> Urls => [];

    public override void UsePathBase(IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetRequiredService<Issuer>().Path is { Length: > 0 } path)
        {
            app.UsePathBase(path);
        }
    }

    public override void UseMatched(IApplicationBuilder app) => app.UseMiddleware<IssuerPathMiddleware>();

    public override void UseLimits(IApplicationBuilder app)
    {
        app.UseMiddleware<StrangersFullMiddleware>();
        app.UseMiddleware<ClientDocumentFaultMiddleware>();
        app.UseMiddleware<ForwardedCallerMiddleware>();
        app.UseMiddleware<HttpsMiddleware>();
        app.UseMiddleware<BodyLimitMiddleware>();
        app.UseMiddleware<BrokenFormMiddleware>();
        app.UseMiddleware<RateLimitMiddleware>();
        app.UseMiddleware<ReadAheadMiddleware>();
    }

    public override void Map(IEndpointRouteBuilder endpoints) => AuthorizationServerEndpoints.Map(endpoints);
}
