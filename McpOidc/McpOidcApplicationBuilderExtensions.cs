using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Protection;
using McpOidc.RateLimits;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>The middleware of McpOidc.</summary>
public static class McpOidcApplicationBuilderExtensions
{
    /// <summary>
    /// Adds the middleware, in the one order that works: proxies, path base, faults, hosts, routing, the path of the issuer, origins, authentication, authorization.
    /// Call it before the application's own middleware.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMcpOidc()</c> or a role is missing.</exception>
    /// <exception cref="OptionsValidationException">A setting is missing or wrong; several are an <see cref="AggregateException"/>.</exception>
    public static IApplicationBuilder UseMcpOidc(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        Roles.Require(app.ApplicationServices, nameof(UseMcpOidc));
        app.ApplicationServices.GetRequiredService<RequireMiddleware>().IsInPlace = true;
        OpenStore.Begin(app.ApplicationServices);
        // All that is wrong with the settings at once, before the first part that needs one of them complains about its own.
        app.ApplicationServices.GetService<IStartupValidator>()?.Validate();
        app.UseForwardedHeaders();
        var isServer = app.ApplicationServices.GetService<ServerRole>() is not null;
        if (isServer && app.ApplicationServices.GetRequiredService<Issuer>().Path is { Length: > 0 } path)
        {
            app.UsePathBase(path);
        }

        app.UseMiddleware<RefuseAmbiguousLength>();
        app.UseMiddleware<HostGuard>();
        app.UseHsts();
        // After the path base, which changes what is matched.
        app.UseRouting();
        if (isServer)
        {
            app.UseMiddleware<AnswerBelowIssuer>();
        }

        // The application's own faults are the application's to answer.
        app.UseWhen(OwnEndpointExtensions.IsOurs, ours => ours.UseExceptionHandler(handler => handler.Run(UnhandledFault.AnswerAsync)));
        app.UseMiddleware<AnswerFaults>();
        app.UseMiddleware<ForbidCaching>();
        app.UseMiddleware<CrossOrigin>();
        if (isServer)
        {
            app.UseMiddleware<RequireHttps>();
            app.UseMiddleware<LimitBodies>();
            app.UseMiddleware<RefuseBrokenForms>();
            app.UseMiddleware<LimitRequests>();
            app.UseMiddleware<ReadAhead>();
        }

        var isProtection = app.ApplicationServices.GetService<ProtectionRole>() is not null;
        UseAuthentication(app, isProtection);
        if (isProtection)
        {
            app.UseMiddleware<ReadToolCall>();
        }

        UseAuthorization(app, isProtection);
        if (isProtection)
        {
            app.UseMiddleware<GuardMcpPath>();
            app.UseMiddleware<BindSession>();
            app.UseMiddleware<WatchStream>();
        }

        return app;
    }

    private static void UseAuthentication(IApplicationBuilder app, bool isProtection)
    {
        if (!isProtection || !AcceptKnownToken.IsEnoughFor(app.ApplicationServices))
        {
            app.UseAuthentication();
            return;
        }

        // A pipeline is made from its end to its beginning: what comes after authentication is known when what goes around it is made.
        RequestDelegate? authenticated = null;
        app.Use(authenticate => new AcceptKnownToken(authenticate, authenticated!, app.ApplicationServices.GetRequiredService<TokenVerifier>()).InvokeAsync);
        app.UseAuthentication();
        app.Use(next => authenticated = next);
    }

    private static void UseAuthorization(IApplicationBuilder app, bool isProtection)
    {
        if (!isProtection || !AuthorizeKnownToken.IsEnoughFor(app.ApplicationServices))
        {
            app.UseAuthorization();
            return;
        }

        RequestDelegate? authorized = null;
        app.Use(authorize => new AuthorizeKnownToken(authorize, authorized!).InvokeAsync);
        app.UseAuthorization();
        app.Use(next => authorized = next);
    }
}
