using McpOidc.Hosting;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>What <c>AddMcpOidc()</c> returns: choose the roles of this process and replace parts.</summary>
public sealed class McpOidcBuilder
{
    private const string HealthCheckCategory = "Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService";

    internal McpOidcBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Guards the whole process, for an application that is an MCP server or an authorization server and nothing else. Without it, what
    /// McpOidc does ends at its own endpoints, and all of this is the application's own affair:
    /// <list type="bullet">
    /// <item>what proxies say of a caller is believed from <c>McpOidc:TrustedProxies</c>, and from nobody else;</item>
    /// <item>answers over https carry <c>Strict-Transport-Security</c> (RFC 6797), for a year unless <c>AddHsts()</c> says
    /// otherwise;</item>
    /// <item>a host name that is neither configured nor in <c>McpOidc:AllowedHosts</c> is 421, but for endpoints that name theirs, as
    /// <c>MapHealthChecks("/health").RequireHost("*")</c> does for probes;</item>
    /// <item>a request with both a length and chunks is refused (RFC 9112 §6.1), and no answer names the server software;</item>
    /// <item>at SIGTERM the health check says so for some seconds (<c>McpOidc:DrainTime</c>) before the listener ends; a lifetime that the
    /// application chose, as <c>UseSystemd()</c>, stays and stops at once;</item>
    /// <item>a client that goes away is logged at Information, where Kestrel and the MCP SDK would warn of each;</item>
    /// <item>requests are not logged by ASP.NET Core and OpenIddict: the query of a callback has a code in it.</item>
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
        Services.Replace(
            ServiceDescriptor.Singleton<ILoggerFactory>(services => new QuietDisconnects(
                ActivatorUtilities.CreateInstance<LoggerFactory>(services)
            ))
        );
        Services.AddHsts(hsts => hsts.MaxAge = TimeSpan.FromDays(365));
        Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        Services.Configure<LoggerFilterOptions>(options =>
        {
            options.Rules.Add(new LoggerFilterRule(null, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, null));
            options.Rules.Add(new LoggerFilterRule(null, "OpenIddict", LogLevel.Warning, null));
            // Health that is bad on purpose is no error.
            options.Rules.Add(new LoggerFilterRule(null, HealthCheckCategory, LogLevel.Warning, (_, _, _) => !guards.IsDraining));
        });
        return this;
    }

    /// <summary>Keeps everything in a store of your own. <c>StoreContract</c> of the package McpOidc.Testing has its
    /// requirements.</summary>
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
