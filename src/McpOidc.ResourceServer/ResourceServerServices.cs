using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Protection;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace McpOidc;

/// <summary>The services of a protected MCP server.</summary>
internal static class ResourceServerServices
{
    public static void Add(McpOidcBuilder builder)
    {
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(ResourceServerRole)))
        {
            return;
        }

        services.AddSingleton<ResourceServerRole>();
        services.AddSingleton<Role>(provider => provider.GetRequiredService<ResourceServerRole>());
        services.AddSingleton<ProtectedResources>();
        services.AddOptions<ResourceServerOptions>().BindSettings(ResourceServerOptions.Section).ValidateOnStart();
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IValidateOptions<ResourceServerOptions>, ResourceServerOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, ResourceServerOptionsValidator>(),
            ServiceDescriptor.Singleton<IConfigureOptions<AuthenticationOptions>, AuthenticationSetup>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<AuthenticationOptions>, AuthenticationSetup>(),
        ]);
        AddVerification(services);
        services.AddTransient<BearerTokenHandler>();
        services.AddSingleton<IAuthorizationHandler, McpOidcRequirementHandler>();
    }

    private static void AddVerification(IServiceCollection services)
    {
        services.AddSingleton<AuthorityMetadata>();
        services.AddHostedService(provider => provider.GetRequiredService<AuthorityMetadata>());
        services.AddTransient<AuthorityAddressHandler>();
        services
            .AddHttpClient(AuthorityMetadata.HttpClientName)
            .AddHttpMessageHandler<AuthorityAddressHandler>()
            .LimitTime(_ => TimeSpan.FromSeconds(20));
        services.TryAddSingleton<ISigningKeySource>(provider => provider.GetRequiredService<AuthorityMetadata>());
        services.AddSingleton<LiveSessions>();
        services.TryAddSingleton<IPersonalTokenCheck, RemotePersonalTokenCheck>();
        services.AddSingleton<PersonalTokenVerifier>();
        services.AddSingleton<TokenVerifier>();
        services.AddSingleton<SessionOwners>();
        services.AddSingleton<OpenStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<OpenStreams>());
        services.AddSingleton<BoundTokens>();
        services.AddSingleton<PrimitiveScopes>();
        services.AddSingleton<PrimitiveTokens>();
        services.AddSingleton<ProtectedScopes>();
        services.AddHostedService<ScopePublishingHostedService>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, InitializeFilterSetup>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, PrimitiveFilterSetup>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, TokenFilterSetup>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, SubscriptionFilterSetup>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, ListChangeFilterSetup>();
        services.AddSingleton<UserClaimLoader>();
        services.AddSingleton<ProtectedResourceMetadata>();
        services.AddSingleton<AuthorizationServerMetadataProxy>();
        services.AddSingleton<LegacyEndpointProxy>();
        services.TryAddSingleton<IIdentityProviderTokenRefresher, RemoteIdentityProviderTokenRefresher>();
        services.TryAddSingleton<IdentityProviderTokens>();
        services.TryAddSingleton<IIdentityProviderTokens>(provider => provider.GetRequiredService<IdentityProviderTokens>());
        services.TryAddSingleton<RefusingApis>();
        services.TryAddSingleton<IUserAccessor, UserAccessor>();
    }
}
