using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Keys;
using McpOidc.Protection;
using McpOidc.Upstream;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace McpOidc;

/// <summary>The services of a protected MCP server.</summary>
internal static class ProtectionServices
{
    public static void Add(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(ProtectionRole)))
        {
            return;
        }

        services.AddSingleton<ProtectionRole>();
        services.AddOptions<ProtectionOptions>().BindConfiguration(ProtectionOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(
        [
            ServiceDescriptor.Singleton<IValidateOptions<ProtectionOptions>, ProtectionOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, ProtectionOptionsValidator>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<McpOidcOptions>, IntegratedModeSetup>(),
        ]);
        AddVerification(services);
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, BearerTokenHandler>(McpOidcAuthentication.Scheme, configureOptions: null);
        services.AddTransient<PolicyEvaluator>();
        services.AddTransient<IPolicyEvaluator, EvaluateKnownToken>();
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
        services.AddSingleton<ToolScopes>();
        services.AddSingleton<ProtectedScopes>();
        services.AddHostedService<PublishScopes>();
        services.AddSingleton<ScopeHierarchy>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, RefuseToolCall>();
        services.AddSingleton<IConfigureOptions<McpServerOptions>, WatchSubscription>();
        services.AddSingleton<BearerChallenge>();
        services.AddSingleton<ProtectedResourceMetadata>();
        services.AddSingleton<AuthorizationServerMetadataProxy>();
        services.AddSingleton<LegacyEndpointProxy>();
        services.TryAddSingleton<IIdpTokenRefresher, RemoteIdpTokenRefresher>();
        services.TryAddSingleton<IIdpTokens, IdpTokens>();
        services.TryAddSingleton<IUserSessionAccessor, UserSessionAccessor>();
    }

    private static ISigningKeySource CreateKeySource(IServiceProvider services) => services.GetService<ServerRole>() is null
        ? services.GetRequiredService<AuthorityMetadata>()
        : new OwnSigningKeys(services.GetRequiredService<Issuer>(), services.GetRequiredService<SigningKeyRing>());
}
