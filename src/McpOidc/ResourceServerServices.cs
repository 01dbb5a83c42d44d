using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Keys;
using McpOidc.Protection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace McpOidc;

/// <summary>The services of a protected MCP server.</summary>
internal static class ResourceServerServices
{
    public static void Add(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(ResourceServerRole)))
        {
            return;
        }

        services.AddSingleton<ResourceServerRole>();
        services.AddOptions<ResourceServerOptions>().BindConfiguration(ResourceServerOptions.Section).ValidateOnStart();
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IValidateOptions<ResourceServerOptions>, ResourceServerOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, ResourceServerOptionsValidator>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<McpOidcOptions>, IntegratedModeSetup>(),
        ]);
        AddVerification(services);
        services.AddTransient<BearerTokenHandler>();
    }

    private static void AddVerification(IServiceCollection services)
    {
        services.AddSingleton<AuthorityMetadata>();
        services.AddHostedService(provider => provider.GetRequiredService<AuthorityMetadata>());
        services.AddHttpClient(AuthorityMetadata.HttpClientName).LimitTime(_ => TimeSpan.FromSeconds(20));
        services.AddSingleton(CreateKeySource);
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<TokenVerifier>();
        services.AddSingleton<SessionOwners>();
        services.AddSingleton<OpenStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<OpenStreams>());
        services.AddSingleton<BoundTokens>();
        services.AddSingleton<PrimitiveScopes>();
        services.AddSingleton<ProtectedScopes>();
        services.AddHostedService<ScopePublishingHostedService>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, PrimitiveFilterSetup>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, SubscriptionFilterSetup>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, ListChangeFilterSetup>();
        services.AddSingleton<UserClaimLoader>();
        services.AddSingleton<ProtectedResourceMetadata>();
        services.AddSingleton<AuthorizationServerMetadataProxy>();
        services.AddSingleton<LegacyEndpointProxy>();
        services.TryAddSingleton<IIdentityProviderTokenRefresher, RemoteIdentityProviderTokenRefresher>();
        services.TryAddSingleton<IIdentityProviderTokens, IdentityProviderTokens>();
        services.TryAddSingleton<IUserAccessor, UserAccessor>();
    }

    private static ISigningKeySource CreateKeySource(IServiceProvider services) =>
        services.GetService<AuthorizationServerRole>() is null
            ? services.GetRequiredService<AuthorityMetadata>()
            : new OwnSigningKeys(services.GetRequiredService<Issuer>(), services.GetRequiredService<SigningKeyRing>());
}
