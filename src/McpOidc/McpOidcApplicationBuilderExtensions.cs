using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Protection;
using McpOidc.RateLimits;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The middleware of McpOidc.</summary>
public static class McpOidcApplicationBuilderExtensions
{
    /// <summary>
    /// Adds the middleware, in the one order that works: proxies, path base, routing, hosts, the path of the issuer, faults, origins,
    /// limits, authentication, authorization. It acts on endpoints of McpOidc and on those that it protects. Call it before the
    /// application's own middleware.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMcpOidc()</c> or a role is missing.</exception>
    /// <exception cref="OptionsValidationException">A setting is missing or wrong; several are an
    /// <see cref="AggregateException"/>.</exception>
    public static IApplicationBuilder UseMcpOidc(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        Roles.Require(app.ApplicationServices, nameof(UseMcpOidc));
        app.ApplicationServices.GetRequiredService<EndpointCheckHostedService>().HasMiddleware = true;
        StoreOpeningHostedService.Begin(app.ApplicationServices);
        // All that is wrong with the settings at once, before the first part that needs one of them complains about its own.
        app.ApplicationServices.GetService<IStartupValidator>()?.Validate();
        var hasGuards = app.ApplicationServices.GetService<ProcessGuards>() is not null;
        var isServer = app.ApplicationServices.GetService<AuthorizationServerRole>() is not null;
        var isResourceServer = app.ApplicationServices.GetService<ResourceServerRole>() is not null;
        UseRouting(app, hasGuards, isServer, isResourceServer);
        UseLimits(app, isServer);
        UseAuthorization(app, isResourceServer);
        return app;
    }

    private static void UseRouting(IApplicationBuilder app, bool hasGuards, bool isServer, bool isResourceServer)
    {
        if (hasGuards)
        {
            app.UseForwardedHeaders();
        }

        if (isServer && app.ApplicationServices.GetRequiredService<Issuer>().Path is { Length: > 0 } path)
        {
            app.UsePathBase(path);
        }

        if (hasGuards)
        {
            app.UseMiddleware<AmbiguousLengthMiddleware>();
            app.UseHsts();
        }

        // After the path base, which changes what is matched.
        app.UseRouting();
        app.UseMiddleware<HostNameMiddleware>();
        if (isResourceServer)
        {
            app.UseMiddleware<ProtectedEndpointMiddleware>();
        }

        if (isServer)
        {
            app.UseMiddleware<IssuerPathMiddleware>();
        }
    }

    private static void UseLimits(IApplicationBuilder app, bool isServer)
    {
        // The application's own faults are the application's to answer.
        app.UseWhen(OwnEndpointExtensions.IsOwn, ours => ours.UseExceptionHandler(handler => handler.Run(UnhandledFault.AnswerAsync)));
        app.UseMiddleware<FaultMiddleware>();
        app.UseMiddleware<NoStoreMiddleware>();
        app.UseMiddleware<CrossOriginMiddleware>();
        if (isServer)
        {
            app.UseMiddleware<HttpsMiddleware>();
            app.UseMiddleware<BodyLimitMiddleware>();
            app.UseMiddleware<BrokenFormMiddleware>();
            app.UseMiddleware<RateLimitMiddleware>();
            app.UseMiddleware<ReadAheadMiddleware>();
        }
    }

    private static void UseAuthorization(IApplicationBuilder app, bool isResourceServer)
    {
        // OpenIddict takes its endpoints here.
        app.UseAuthentication();
        if (isResourceServer)
        {
            app.UseMiddleware<CalledPrimitivesMiddleware>();
        }

        app.UseAuthorization();
        if (isResourceServer)
        {
            app.UseMiddleware<UnmatchedRequestMiddleware>();
            app.UseMiddleware<McpSessionMiddleware>();
            app.UseMiddleware<OpenStreamMiddleware>();
        }
    }
}
