using McpOidc.Hosting;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpsPolicy;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>The builder returned by <c>AddMcpOidc()</c>: choose the roles of this process and replace parts.</summary>
public sealed class McpOidcBuilder
{
    private const string HealthCheckCategory = "Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService";

    internal McpOidcBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Guards the whole process. For an application that is only an MCP server or an authorization server. Without this call, McpOidc
    /// affects only its own endpoints, and the application is responsible for all of this:
    /// <list type="bullet">
    /// <item>forwarded headers are trusted from <c>McpOidc:TrustedProxies</c> only;</item>
    /// <item>responses over https carry <c>Strict-Transport-Security</c> (RFC 6797), for one year unless <c>AddHsts()</c> says
    /// otherwise;</item>
    /// <item>a host name that is neither configured nor in <c>McpOidc:AllowedHosts</c> is answered with 421, except at endpoints that
    /// declare theirs, like <c>MapHealthChecks("/health").RequireHost("*")</c> for probes;</item>
    /// <item>a request with both Content-Length and Transfer-Encoding is rejected (RFC 9112 §6.1), and no response names the server
    /// software;</item>
    /// <item>after SIGTERM the health check reports the stop for some seconds (<c>McpOidc:DrainTime</c>) before the listener ends; a host
    /// lifetime that the application chose, such as <c>UseSystemd()</c>, is kept and stops at once;</item>
    /// <item>client disconnects are logged at Information; Kestrel and the MCP SDK would log a warning for each;</item>
    /// <item>ASP.NET Core and OpenIddict do not log requests: the query of a callback contains a code.</item>
    /// </list>
    /// </summary>
    /// <returns>The builder.</returns>
    public McpOidcBuilder AddProcessGuards()
    {
        if (Services.Any(service => service.ServiceType == typeof(ProcessGuards)))
        {
            return this;
        }

        var guards = new ProcessGuards();
        Services.AddSingleton(guards);
        Services.AddSingleton<IPostConfigureOptions<ForwardedHeadersOptions>, TrustedProxiesSetup>();
        AddDrain();
        AddQuietDisconnects();
        // First, so that AddHsts() of the application takes precedence.
        Services.Insert(
            0,
            ServiceDescriptor.Singleton<IConfigureOptions<HstsOptions>>(
                new ConfigureNamedOptions<HstsOptions>(Options.DefaultName, hsts => hsts.MaxAge = TimeSpan.FromDays(365))
            )
        );
        Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        Services.Configure<LoggerFilterOptions>(options =>
        {
            options.Rules.Add(new LoggerFilterRule(null, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, null));
            options.Rules.Add(new LoggerFilterRule(null, "OpenIddict", LogLevel.Warning, null));
            // A health check that fails on purpose is not an error.
            options.Rules.Add(new LoggerFilterRule(null, HealthCheckCategory, LogLevel.Warning, (_, _, _) => !guards.IsDraining));
        });
        return this;
    }

    /// <summary>Uses a store of your own. <c>StoreContract</c> in the package McpOidc.Testing has its requirements.</summary>
    /// <typeparam name="TStore">The store.</typeparam>
    /// <returns>The builder.</returns>
    public McpOidcBuilder UseStore<TStore>()
        where TStore : class, IMcpOidcStore => UseStore(services => ActivatorUtilities.CreateInstance<TStore>(services));

    private void AddDrain()
    {
        Services.AddSingleton<Drain>();
        Services.AddHealthChecks().AddCheck<Drain>(Drain.Name, tags: ["ready"]);
        if (Services.LastOrDefault(service => service.ServiceType == typeof(IHostLifetime))?.ImplementationType == typeof(ConsoleLifetime))
        {
            Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, DrainingLifetime>());
        }
    }

    // Around the factory that the application chose, for example Serilog's.
    private void AddQuietDisconnects()
    {
        var chosen = Services.LastOrDefault(service => service.ServiceType == typeof(ILoggerFactory) && !service.IsKeyedService);
        Services.AddSingleton<ILoggerFactory>(services => new QuietDisconnects(
            (ILoggerFactory)(
                chosen?.ImplementationInstance
                ?? chosen?.ImplementationFactory?.Invoke(services)
                ?? ActivatorUtilities.CreateInstance(services, chosen?.ImplementationType ?? typeof(LoggerFactory))
            )
        ));
    }

    internal McpOidcBuilder Configure<TOptions>(Action<TOptions>? configure)
        where TOptions : class
    {
        if (configure is not null)
        {
            Services.Configure(configure);
        }

        return this;
    }

    internal McpOidcBuilder UseStore(Func<IServiceProvider, IMcpOidcStore> create)
    {
        Services.Replace(
            ServiceDescriptor.Singleton<IMcpOidcStore>(services => new MeasuredStore(
                create(services),
                services.GetRequiredService<Metrics>(),
                services.GetRequiredService<StoreWrites>()
            ))
        );
        Services.TryAddSingleton<ExplicitStore>();
        return this;
    }
}
