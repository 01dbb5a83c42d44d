using McpOidc;
using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.DPoP;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Keys;
using McpOidc.Pages;
using McpOidc.Protection;
using McpOidc.Revocation;
using McpOidc.Sessions;
using McpOidc.Storage;
using McpOidc.Telemetry;
using McpOidc.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of McpOidc.</summary>
public static class McpOidcServiceCollectionExtensions
{
    /// <inheritdoc cref="AddMcpOidc(IServiceCollection)"/>
    /// <param name="builder">The application.</param>
    public static McpOidcBuilder AddMcpOidc(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Services.AddMcpOidc();
    }

    /// <summary>
    /// Adds what both roles share: settings (section <c>McpOidc</c>) and the store. Follow it by <c>AddAuthorizationServer()</c>,
    /// <c>AddResourceServer()</c> or both; a second call adds nothing. The store is Redis where <c>ConnectionStrings:redis</c> is set, and
    /// a SQLite file otherwise.
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

        services.AddSingleton<EndpointCheckHostedService>();
        services.AddHostedService(provider => provider.GetRequiredService<EndpointCheckHostedService>());
        services.AddOptions<McpOidcOptions>().BindConfiguration(McpOidcOptions.Section).ValidateOnStart();
        services.AddOptions<TokenOptions>().BindConfiguration(TokenOptions.Section).ValidateOnStart();
        services.AddOptions<IdentityProviderOptions>().BindConfiguration(IdentityProviderOptions.Section);
        services.AddOptions<SqliteStoreOptions>().BindConfiguration(SqliteStoreOptions.Section).ValidateOnStart();
        services.AddOptions<RedisStoreOptions>().BindConfiguration(RedisStoreOptions.Section).ValidateOnStart();
        services.AddOptions<PageOptions>().BindConfiguration(PageOptions.Section).ValidateOnStart();
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IValidateOptions<PageOptions>, PageOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<TokenOptions>, TokenOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<SqliteStoreOptions>, StoreChoiceValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<RedisStoreOptions>, RedisStoreOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, TrustedProxiesValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, RenamedSettingsValidator>(),
            ServiceDescriptor.Singleton<IConfigureOptions<AuthenticationOptions>, AuthenticationSetup>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<AuthenticationOptions>, AuthenticationSetup>(),
        ]);

        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient();
        services.AddAuthentication();
        services.AddAuthorization();
        services.TryAddSingleton<TextCatalog>();
        services.TryAddSingleton<Stylesheet>();
        services.TryAddSingleton<Brand>();
        services.TryAddSingleton<PageLayout>();
        services.TryAddSingleton<KeyWraps>();
        services.TryAddSingleton<IRootKeys, RootKeys>();
        services.TryAddSingleton<StoredPayloadProtector>();
        services.TryAddSingleton<RecordStore>();
        services.TryAddSingleton<ReplayMemory>();
        services.TryAddSingleton<ProofVerifier>();
        services.TryAddSingleton<KnownResources>();
        services.TryAddSingleton<ProtectedResources>();
        services.TryAddSingleton<Lifetimes>();
        services.TryAddSingleton<RevocationLogWriter>();
        services.TryAddSingleton<RevocationFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<RevocationFeed>());
        services.AddHttpContextAccessor();
        services.TryAddSingleton<AuditLog>();
        services.TryAddSingleton<Grants>();
        services.TryAddSingleton<GrantOrigins>();
        services.TryAddSingleton<UserSessions>();
        services.TryAddSingleton<ServerAssertion>();
        services.AddMetrics();
        services.TryAddSingleton<Metrics>();
        services.TryAddSingleton(provider => Measured(provider, CreateStore(provider)));
        services.AddHostedService<StoreOpeningHostedService>();
        services.AddHealthChecks().AddCheck<StoreHealthCheck>("mcpoidc-store", tags: ["ready"]);
        return new McpOidcBuilder(services);
    }

    internal static IMcpOidcStore Measured(IServiceProvider services, IMcpOidcStore store) =>
        new MeasuredStore(store, services.GetRequiredService<Metrics>());

    private static IMcpOidcStore CreateStore(IServiceProvider services) =>
        services.GetRequiredService<IConfiguration>().GetConnectionString("redis") is { Length: > 0 }
            ? ActivatorUtilities.CreateInstance<RedisStore>(
                services,
                services.GetService<IConnectionMultiplexer>() ?? RedisConnection.Open(services)
            )
            : ActivatorUtilities.CreateInstance<SqliteStore>(services);
}
