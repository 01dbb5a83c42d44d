using McpOidc;
using McpOidc.Configuration;
using McpOidc.DPoP;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Keys;
using McpOidc.Revocation;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers McpOidc.</summary>
public static class McpOidcServiceCollectionExtensions
{
    /// <inheritdoc cref="AddMcpOidc(IServiceCollection)"/>
    /// <param name="builder">The application.</param>
    public static McpOidcBuilder AddMcpOidc(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Services.AddMcpOidc();
    }

    /// <inheritdoc cref="AddMcpOidc(IServiceCollection)"/>
    /// <param name="services">The services.</param>
    /// <param name="section">The section of the settings, instead of <c>McpOidc</c>, whatever the order of the calls. Error messages at
    /// start use its name.</param>
    /// <exception cref="InvalidOperationException">An earlier call named another section.</exception>
    public static McpOidcBuilder AddMcpOidc(this IServiceCollection services, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        var known = services.FirstOrDefault(service => service.ServiceType == typeof(SettingsRoot))?.ImplementationInstance as SettingsRoot;
        if (known is not null && known.Path != section.Path)
        {
            throw new InvalidOperationException(
                $"AddMcpOidc() was called with two sections, '{known.Path}' and '{section.Path}'. A process has one: pass the "
                    + "same section to each call, or to only one of them."
            );
        }

        services.Replace(ServiceDescriptor.Singleton(new SettingsRoot(section, section.Path)));
        return services.AddMcpOidc();
    }

    /// <summary>
    /// Adds what both roles share: settings (section <c>McpOidc</c>), keys and access to the store. Then call
    /// <c>AddAuthorizationServer()</c>, <c>AddResourceServer()</c> or both, and choose the store. A second call adds nothing.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>A builder for the roles.</returns>
    public static McpOidcBuilder AddMcpOidc(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(EndpointCheckHostedService)))
        {
            return new McpOidcBuilder(services);
        }

        AddOptions(services);
        AddHosting(services);
        AddStorage(services);
        services.TryAddSingleton<ProofVerifier>();
        services.TryAddSingleton<UnstoredRevocations>();
        services.TryAddSingleton<RevocationFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<RevocationFeed>());
        services.TryAddSingleton<ServerAssertion>();
        return new McpOidcBuilder(services);
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.TryAddSingleton(provider => new SettingsRoot(
            provider.GetRequiredService<IConfiguration>().GetSection(McpOidcOptions.Section),
            McpOidcOptions.Section
        ));
        services.TryAddSingleton<SettingNames>();
        services.TryAddSingleton<UnknownSettings>();
        services.AddOptions<McpOidcOptions>().BindSettings(McpOidcOptions.Section).ValidateOnStart();
        services.AddOptions<IdentityProviderOptions>().BindSettings(IdentityProviderOptions.Section);
        services.AddSingleton<IConfigureOptions<IdentityProviderOptions>, NamedProvidersSetup>();
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, TrustedProxiesValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, DrainTimeValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, RenamedSettingsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, StoreValidator>(),
        ]);
    }

    private static void AddHosting(IServiceCollection services)
    {
        StartFault.Explain(services);
        services.AddSingleton<EndpointCheckHostedService>();
        services.AddHostedService(provider => provider.GetRequiredService<EndpointCheckHostedService>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient();
        services.AddAuthentication();
        services.AddAuthorization();
        services.AddHttpContextAccessor();
        services.AddMetrics();
        services.TryAddSingleton<Metrics>();
        services.AddHostedService<CountersHostedService>();
    }

    private static void AddStorage(IServiceCollection services)
    {
        services.TryAddSingleton<StoreWrites>();
        services.TryAddSingleton<RefusedTimes>();
        services.TryAddSingleton<KeyWraps>();
        services.TryAddSingleton<IRootKeys, RootKeys>();
        services.TryAddSingleton<StoredPayloadProtector>();
        services.TryAddSingleton<RecordStore>();
        services.TryAddSingleton<ReplayMemory>();
        services.TryAddSingleton<StoreClockHostedService>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreClockHostedService>());
        services
            .AddHealthChecks()
            .AddCheck<StoreHealthCheck>("mcpoidc-store", tags: ["ready"])
            .AddCheck<StoreClockHostedService>(StoreClockHostedService.Name, tags: ["ready"]);
    }
}
