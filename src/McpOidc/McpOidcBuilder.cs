using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Registration;
using McpOidc.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpOidc;

/// <summary>What <c>AddMcpOidc()</c> returns: choose the roles of this process and replace parts.</summary>
public sealed class McpOidcBuilder
{
    internal McpOidcBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Makes this process an authorization server. Settings: sections <c>McpOidc</c>, <c>McpOidc:IdentityProvider</c>,
    /// <c>McpOidc:Tokens</c>, <c>McpOidc:Registration</c> and <c>McpOidc:Keys</c>.</summary>
    /// <param name="configure">Changes settings in code, after configuration was read.</param>
    /// <returns>The builder.</returns>
    public McpOidcBuilder AddAuthorizationServer(Action<McpOidcOptions>? configure = null)
    {
        AuthorizationServerServices.Add(Services);
        return Configure(configure);
    }

    /// <summary>
    /// Protects MCP endpoints of this process. Settings: sections <c>McpOidc</c> and <c>McpOidc:ResourceServer</c>, which may describe
    /// several.
    /// </summary>
    /// <param name="configure">Changes settings in code, after configuration was read.</param>
    /// <returns>The builder.</returns>
    public McpOidcBuilder AddResourceServer(Action<ResourceServerOptions>? configure = null)
    {
        ResourceServerServices.Add(Services);
        return Configure(configure);
    }

    /// <summary>
    /// Guards the whole process, for an application that is an MCP server or an authorization server and nothing else. Without it, what
    /// McpOidc does ends at its own endpoints, and all of this is the application's own affair:
    /// <list type="bullet">
    /// <item><c>X-Forwarded-For</c> and <c>-Proto</c> are believed from <c>McpOidc:TrustedProxies</c>, and from nobody else;</item>
    /// <item>answers over https carry <c>Strict-Transport-Security</c> (RFC 6797), for a year unless <c>AddHsts()</c> says
    /// otherwise;</item>
    /// <item>a host name that is neither configured nor in <c>McpOidc:AllowedHosts</c> is 421, but for endpoints that name theirs, as
    /// <c>MapHealthChecks("/health").RequireHost("*")</c> does for probes;</item>
    /// <item>a request with both a length and chunks is refused (RFC 9112 §6.1), and no answer names the server software;</item>
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

        Services.AddSingleton<ProcessGuards>();
        Services.AddSingleton<IPostConfigureOptions<ForwardedHeadersOptions>, TrustedProxiesSetup>();
        Services.AddHsts(hsts => hsts.MaxAge = TimeSpan.FromDays(365));
        Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        Services.Configure<LoggerFilterOptions>(options =>
        {
            options.Rules.Add(new LoggerFilterRule(null, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, null));
            options.Rules.Add(new LoggerFilterRule(null, "OpenIddict", LogLevel.Warning, null));
        });
        return this;
    }

    /// <summary>Keeps everything in Redis, or what speaks its protocol, alone or as a cluster.</summary>
    /// <param name="connectionString">For StackExchange.Redis; <c>ConnectionStrings:redis</c> when left out.</param>
    /// <returns>The builder.</returns>
    public McpOidcBuilder UseRedis(string? connectionString = null) =>
        UseStore(services =>
            ActivatorUtilities.CreateInstance<RedisStore>(
                services,
                connectionString is null
                    ? services.GetService<IConnectionMultiplexer>() ?? RedisConnection.Open(services)
                    : RedisConnection.Open(connectionString)
            )
        );

    /// <summary>Keeps everything in a SQLite file.</summary>
    /// <param name="path">The file; <c>McpOidc:Sqlite:Path</c> when left out.</param>
    /// <returns>The builder.</returns>
    public McpOidcBuilder UseSqlite(string? path = null)
    {
        if (path is not null)
        {
            Services.Configure<SqliteStoreOptions>(options => options.Path = path);
        }

        return UseStore(services => ActivatorUtilities.CreateInstance<SqliteStore>(services));
    }

    /// <summary>Keeps everything in a store of your own. Its tests can inherit <c>StoreContractTests</c>.</summary>
    /// <typeparam name="TStore">The store.</typeparam>
    /// <returns>The builder.</returns>
    public McpOidcBuilder UseStore<TStore>()
        where TStore : class, IMcpOidcStore => UseStore(services => ActivatorUtilities.CreateInstance<TStore>(services));

    /// <summary>Signs people in at a provider of your own in place of <c>McpOidc:IdentityProvider</c>.</summary>
    /// <typeparam name="TProvider">The provider.</typeparam>
    /// <returns>The builder.</returns>
    public McpOidcBuilder UseIdentityProvider<TProvider>()
        where TProvider : class, IIdentityProvider
    {
        Services.Replace(ServiceDescriptor.Singleton<IIdentityProvider, TProvider>());
        // The settings of the built-in provider are then nobody's.
        Services.TryAddSingleton<ExplicitIdentityProvider>();
        return this;
    }

    /// <summary>Keeps with each user what an extractor draws from the claims.</summary>
    /// <typeparam name="TExtractor">The extractor.</typeparam>
    /// <returns>The builder.</returns>
    public McpOidcBuilder AddCustomData<TExtractor>()
        where TExtractor : class, ICustomDataExtractor
    {
        Services.AddSingleton<ICustomDataExtractor, TExtractor>();
        return this;
    }

    /// <summary>Keeps with each user what a delegate draws from the claims.</summary>
    /// <param name="extract">Called once per sign-in; <see langword="null"/> for nothing.</param>
    /// <returns>The builder.</returns>
    public McpOidcBuilder AddCustomData(Func<ClaimsPrincipal, JsonObject?> extract)
    {
        ArgumentNullException.ThrowIfNull(extract);
        Services.AddSingleton<ICustomDataExtractor>(new DelegateCustomDataExtractor(extract));
        return this;
    }

    /// <summary>Asks a policy of your own about every client that registers itself.</summary>
    /// <typeparam name="TPolicy">The policy.</typeparam>
    /// <returns>The builder.</returns>
    public McpOidcBuilder AddRegistrationPolicy<TPolicy>()
        where TPolicy : class, IRegistrationPolicy
    {
        Services.AddSingleton<IRegistrationPolicy, TPolicy>();
        return this;
    }

    /// <summary>Asks a delegate about every client that registers itself.</summary>
    /// <param name="findObjection">Gives the reason against it, or <see langword="null"/>.</param>
    /// <returns>The builder.</returns>
    public McpOidcBuilder AddRegistrationPolicy(Func<RegistrationPolicyRequest, string?> findObjection)
    {
        ArgumentNullException.ThrowIfNull(findObjection);
        Services.AddSingleton<IRegistrationPolicy>(new DelegateRegistrationPolicy(findObjection));
        return this;
    }

    private McpOidcBuilder UseStore(Func<IServiceProvider, IMcpOidcStore> create)
    {
        Services.Replace(ServiceDescriptor.Singleton(services => McpOidcServiceCollectionExtensions.Measured(services, create(services))));
        Services.TryAddSingleton<ExplicitStore>();
        return this;
    }

    private McpOidcBuilder Configure<TOptions>(Action<TOptions>? configure)
        where TOptions : class
    {
        if (configure is not null)
        {
            Services.Configure(configure);
        }

        return this;
    }
}
