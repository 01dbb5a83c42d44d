using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Storage;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The middleware of McpOidc.</summary>
public static class McpOidcApplicationBuilderExtensions
{
    /// <summary>
    /// Adds the middleware in the required order: proxies, path base, routing, hosts, issuer path, faults, origins, limits,
    /// authentication, authorization. It acts on McpOidc's endpoints and on those that it protects. Call it before the application's own
    /// middleware.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMcpOidc()</c> or a role is missing.</exception>
    /// <exception cref="OptionsValidationException">A setting is missing or invalid; several are an
    /// <see cref="AggregateException"/>.</exception>
    public static IApplicationBuilder UseMcpOidc(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var roles = Roles.Require(app.ApplicationServices, nameof(UseMcpOidc));
        app.ApplicationServices.GetRequiredService<EndpointCheckHostedService>().HasMiddleware = true;
        if (!app.ApplicationServices.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IMcpOidcStore)))
        {
            throw new StartException(StoreValidator.Missing);
        }

        StoreOpening.Begin(app.ApplicationServices);
        // Reports all invalid settings at once, before the first component that needs one of them fails.
        app.ApplicationServices.GetRequiredService<SettingsRoot>()
            .Validate(
                app.ApplicationServices.GetRequiredService<IStartupValidator>(),
                app.ApplicationServices.GetRequiredService<SettingNames>()
            );
        app.ApplicationServices.GetRequiredService<UnknownSettings>().Warn();
        UseRouting(app, roles);
        UseLimits(app, roles);
        UseAuthorization(app, roles);
        return app;
    }

    private static void UseRouting(IApplicationBuilder app, IReadOnlyList<Role> roles)
    {
        var hasGuards = app.ApplicationServices.GetService<ProcessGuards>() is not null;
        if (hasGuards)
        {
            app.UseMiddleware<DrainMiddleware>();
            app.UseMiddleware<ProxyHeadersMiddleware>();
        }

        ForEach(roles, role => role.UsePathBase(app));
        if (hasGuards)
        {
            app.UseMiddleware<AmbiguousLengthMiddleware>();
            app.UseHsts();
        }

        // After the path base, which affects routing.
        app.UseRouting();
        app.UseMiddleware<HostNameMiddleware>();
        ForEach(roles, role => role.UseMatched(app));
    }

    private static void UseLimits(IApplicationBuilder app, IReadOnlyList<Role> roles)
    {
        // The application handles its own faults, and not ours: UseExceptionHandler() would ask its IExceptionHandler first.
        var ours = Options.Create(new ExceptionHandlerOptions { ExceptionHandler = UnhandledFault.AnswerAsync });
        app.UseWhen(OwnEndpointExtensions.IsOwn, own => own.UseMiddleware<ExceptionHandlerMiddleware>(ours));
        app.UseMiddleware<FaultMiddleware>();
        app.UseMiddleware<NoStoreMiddleware>();
        app.UseMiddleware<CrossOriginMiddleware>();
        app.UseMiddleware<MethodMiddleware>();
        ForEach(roles, role => role.UseLimits(app));
    }

    private static void UseAuthorization(IApplicationBuilder app, IReadOnlyList<Role> roles)
    {
        // OpenIddict handles its endpoints here.
        app.UseAuthentication();
        ForEach(roles, role => role.UseAuthenticated(app));
        app.UseAuthorization();
        ForEach(roles, role => role.UseAuthorized(app));
    }

    private static void ForEach(IReadOnlyList<Role> roles, Action<Role> use)
    {
        foreach (var role in roles)
        {
            use(role);
        }
    }
}
