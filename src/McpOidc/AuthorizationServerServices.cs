using McpOidc.Account;
using McpOidc.Administration;
using McpOidc.Administration.Pages;
using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Authorization.DeviceAuthorization;
using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Discovery;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Keys;
using McpOidc.Logout;
using McpOidc.Pages;
using McpOidc.Protection;
using McpOidc.RateLimits;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Registration.Stateless;
using McpOidc.Revocation;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Application;
using McpOidc.SignIn.Rules;
using McpOidc.Storage;
using McpOidc.Telemetry;
using McpOidc.Timeline;
using McpOidc.Token;
using McpOidc.Token.ClientAuthentication;
using McpOidc.Token.IdentityAssertion;
using McpOidc.Token.PersonalAccessTokens;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;

namespace McpOidc;

/// <summary>The services of an authorization server.</summary>
internal static class AuthorizationServerServices
{
    public static void Add(McpOidcBuilder builder)
    {
        var services = builder.Services;
        if (services.Any(service => service.ImplementationType == typeof(AuthorizationServerRole)))
        {
            return;
        }

        services.AddSingleton<Role, AuthorizationServerRole>();
        builder.UseConfiguredStore();
        AddOptions(services);
        AddKeys(services);
        AddAdministration(services);
        AddClients(services);
        AddSignIn(services);
        AddFederation(services);
        AddMetadataDocuments(services);
        AddHeadless(services);
        services.AddMcpOidcServer();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, OpenIddictServerSetup>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerAspNetCoreOptions>, OpenIddictServerSetup>();
        services.AddHostedService<SigningKeyLoadingHostedService>();
        services.AddHostedService<SigningKeyRotationHostedService>();
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<IdentityProviderOptions>().ValidateOnStart();
        services.AddOptions<ApplicationSignInOptions>().BindSettings(ApplicationSignInOptions.Section);
        services.AddOptions<TokenOptions>().BindSettings(TokenOptions.Section).ValidateOnStart();
        services.AddOptions<PageOptions>().BindSettings(PageOptions.Section).ValidateOnStart();
        services.AddOptions<AdminOptions>().BindSettings(AdminOptions.Section).ValidateOnStart();
        services.AddOptions<RegistrationOptions>().BindSettings(RegistrationOptions.Section).ValidateOnStart();
        services.AddOptions<RateLimitOptions>().BindSettings(RateLimitOptions.Section).ValidateOnStart();
        services.AddOptions<PersonalAccessTokenOptions>().BindSettings(PersonalAccessTokenOptions.Section).ValidateOnStart();
        services.AddOptions<DeviceAuthorizationOptions>().BindSettings(DeviceAuthorizationOptions.Section).ValidateOnStart();
        services.AddOptions<KeyOptions>().BindSettings(KeyOptions.Section).ValidateOnStart();
        services.AddOptions<IdentityAssertionOptions>().BindSettings(IdentityAssertionOptions.Section).ValidateOnStart();
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IPostConfigureOptions<McpOidcOptions>, IntegratedModeSetup>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<AuthenticationOptions>, AuthenticationSetup>(),
            ServiceDescriptor.Singleton<IValidateOptions<PageOptions>, PageOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<TokenOptions>, TokenOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, ServerOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<McpOidcOptions>, ClientOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<IdentityAssertionOptions>, IdentityAssertionOptionsValidator>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<IdentityProviderOptions>, IdentityProviderOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<IdentityProviderOptions>, IdentityProviderOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<AdminOptions>, AdminOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<RegistrationOptions>, RegistrationOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<RegistrationOptions>, ClientIdMetadataDocumentOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<KeyOptions>, KeyOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<DeviceAuthorizationOptions>, DeviceAuthorizationOptionsValidator>(),
            ServiceDescriptor.Singleton<IValidateOptions<PersonalAccessTokenOptions>, PersonalAccessTokenOptionsValidator>(),
        ]);
    }

    private static void AddKeys(IServiceCollection services)
    {
        services.AddSingleton(provider => new Issuer(provider.GetRequiredService<IOptions<McpOidcOptions>>()));
        services.Replace(ServiceDescriptor.Singleton<ISigningKeySource, OwnSigningKeys>());
        services.AddSingleton<SigningAlgorithms>();
        services.AddSingleton<StoredSigningKeys>();
        services.AddSingleton<SigningKeyRing>();
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider =>
            provider.GetRequiredService<SigningKeyRing>()
        );
        services.AddSingleton(provider => new SigningKeyAdministration(
            provider.GetRequiredService<SigningKeyRing>(),
            provider.GetRequiredService<StoredSigningKeys>(),
            provider.GetRequiredService<TimeProvider>()
        ));
    }

    private static void AddAdministration(IServiceCollection services)
    {
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AdminFilter>();
        services.AddSingleton<OperatorVisits>();
        services.AddSingleton<NewestGrants>();
        services.AddSingleton<GrantsPage>();
        services.AddSingleton<PersonPage>();
        services.AddSingleton<ClientsPage>();
        services.AddSingleton<KeysPage>();
        services.AddSingleton<AuditPage>();
        services.AddSingleton<TimelinePage>();
        services.AddSingleton<ConfirmPage>();
        services.AddSingleton<SignInTrail>();
        services.AddSingleton<TimelineKeeper>();
        services.AddSingleton(provider => new SignInTimelines(provider.GetRequiredService<RecordStore>()));
        services.AddSingleton<AuditRing>();
        services.AddSingleton(provider => new AuditTrail(
            provider.GetRequiredService<AuditRing>(),
            provider.GetRequiredService<RecordStore>(),
            provider.GetRequiredService<IMcpOidcStore>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddHostedService<AuditTrailHostedService>();
        services.AddSingleton(provider => new GrantAdministration(
            provider.GetRequiredService<Grants>(),
            provider.GetRequiredService<BrowserSessions>(),
            provider.GetRequiredService<UserSessions>(),
            provider.GetRequiredService<Installations>(),
            provider.GetRequiredService<AuditLog>()
        ));
        services.AddSingleton(provider => new ClientAdministration(
            provider.GetRequiredService<IMcpOidcStore>(),
            provider.GetRequiredService<RecordStore>(),
            provider.GetRequiredService<StaticClients>(),
            provider.GetRequiredService<Clients>(),
            provider.GetRequiredService<RegistrationManagement>(),
            provider.GetRequiredService<Grants>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new ClientImport(
            provider.GetRequiredService<RecordStore>(),
            provider.GetRequiredService<StaticClients>(),
            provider.GetRequiredService<ClientMetadataValidator>(),
            provider.GetRequiredService<AuditLog>(),
            provider.GetRequiredService<IOptions<RegistrationOptions>>(),
            provider.GetRequiredService<TimeProvider>()
        ));
    }

    private static void AddClients(IServiceCollection services)
    {
        services.AddSingleton<MetadataLocations>();
        services.AddSingleton<ScopeCatalog>();
        services.AddSingleton<ScopeRules>();
        services.AddSingleton<StepUp>();
        services.AddSingleton<Clients>();
        services.AddSingleton<UsedClients>();
        services.AddSingleton<ClientRegistration>();
        services.AddSingleton<RegistrationManagement>();
        services.AddSingleton<RegistrationKeys>();
        services.AddSingleton<StatelessClientIds>();
        services.AddSingleton<RegisteredClients>();
        services.AddHostedService<RefusedClientsHostedService>();
        services.AddSingleton<ClientAssertion>();
        services.AddSingleton<TrustedIssuers>();
        services.AddSingleton<IdentityAssertionReader>();
        services.AddSingleton<AssertionRight>();
        services.AddSingleton<TrustedPeople>();
        services.AddSingleton<SharedClients>();
        services.AddSingleton<UnusedClients>();
        services.AddSingleton<RegistrationGate>();
        services.AddSingleton<RegistrationLimit>();
        services.AddSingleton<RedirectUriPolicy>();
        services.AddSingleton<ClientMetadataValidator>();
        services.AddSingleton<RegistrationRequest>();
        services.AddSingleton<RegistrationAnswer>();
        services.AddSingleton<RateLimitSet>();
        services.AddSingleton<RateLimiter>();
        services.AddSingleton<CallerAddress>();
        services.AddSingleton<SignInLimit>();
        services.AddSingleton<WrongTokenFilter>();
        services.AddSingleton<UserLimit>();
        services.AddSingleton<IStrangerLedger, StrangerLedger>();
        services.AddSingleton<LiveTokens>();
    }

    private static void AddSignIn(IServiceCollection services)
    {
        services.AddSingleton<KnownResources>();
        services.AddSingleton<Lifetimes>();
        services.AddSingleton<RevocationLogWriter>();
        services.AddSingleton<Grants>();
        services.AddSingleton<GrantOrigins>();
        services.AddSingleton<UserSessions>();
        services.AddSingleton<RefreshTokenFamilies>();
        services.AddSingleton<RefreshReplay>();
        services.AddSingleton<LostRotation>();
        services.AddSingleton<CodeRedeemer>();
        services.AddSingleton<RefreshTokenReader>();
        services.AddSingleton<RefreshRotation>();
        services.AddSingleton<BrowserCookies>();
        services.AddSingleton<BrowserSessions>();
        services.AddSingleton<SealedSteps>();
        services.AddSingleton<TakenSteps>();
        services.AddSingleton<Interactions>();
        services.AddSingleton<StepAnswers>();
        services.AddSingleton<IdentityProviderSignIn>();
        services.AddSingleton<ApplicationClaims>();
        services.AddSingleton<ApplicationCookie>();
        services.AddSingleton<ApplicationPeople>();
        services.AddSingleton<ApplicationUserCheck>();
        services.AddSingleton<ChooseProviderEndpoint>();
        services.AddSingleton<SignInRight>();
        services.AddSingleton<RefusedEndpoint>();
        services.AddHostedService<OpenProviderHostedService>();
        services.AddSingleton<UserSignIn>();
        services.AddSingleton<SignInCompletion>();
        services.AddSingleton<ProviderResponse>();
        services.AddSingleton<CallbackEndpoint>();
        services.AddSingleton<ConsentQuestion>();
        services.AddSingleton<ConsentDecision>();
        services.AddSingleton<ConsentEndpoint>();
        services.AddSingleton<KeptParameters>();
        services.AddSingleton<AuthorizationInteractions>();
        services.AddSingleton<AuthorizationCodes>();
        services.AddSingleton<NewRequests>();
        services.AddSingleton<DecidedRequests>();
        services.AddSingleton<InvalidRequestPage>();
        services.AddSingleton<AuthorizationEndpoint>();
        services.AddSingleton<EndSessionEndpoint>();
        services.AddSingleton<PageVisits>();
        services.AddSingleton<Installations>();
        services.AddSingleton<AccountSignOut>();
        services.AddSingleton<AccountEndpoint>();
        services.AddSingleton<TextCatalog>();
        services.AddSingleton<Stylesheet>();
        services.AddSingleton<Brand>();
        services.AddSingleton<PageLayout>();
        services.AddSingleton<ErrorPage>();
        services.AddSingleton<FaultPages, ErrorFaultPages>();
    }

    private static void AddFederation(IServiceCollection services)
    {
        services.AddSingleton<CustomData>();
        services.AddSingleton<ProviderChannel>();
        services.AddSingleton<ProviderMetadata>();
        services.TryAddSingleton(provider =>
            IdentityProviders.CreateBuiltIn(
                provider,
                provider.GetRequiredService<IOptions<IdentityProviderOptions>>(),
                provider.GetRequiredService<ProviderChannel>()
            )
        );
        services.AddSingleton<IdentityProviders>();
        services.AddSingleton<RefreshLeases>();
        services.AddSingleton<IdentityProviderTokenWritingHostedService>();
        services.AddHostedService(provider => provider.GetRequiredService<IdentityProviderTokenWritingHostedService>());
        services.AddSingleton<UserSignOut>();
        services.AddSingleton<BackChannelLogoutEndpoint>();
        services.AddSingleton<RenewedClaims>();
        services.AddSingleton<PersonCheck>();
        services.AddSingleton<IdentityProviderTokenRefresher>();
        services.Replace(
            ServiceDescriptor.Singleton<IIdentityProviderTokenRefresher>(provider =>
                provider.GetRequiredService<IdentityProviderTokenRefresher>()
            )
        );
        services.TryAddSingleton<IdentityProviderTokens>();
        services.AddHttpClient(TrustedIssuers.HttpClientName).ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan);
        services
            .AddHttpClient(ProviderChannel.HttpClientName, client => client.MaxResponseContentBufferSize = ProviderChannel.MaximumAnswer)
            // Each request is limited by the setting of its own provider.
            .ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler((handler, _) => ProviderChannel.Prepare(handler))
            .ConfigureAdditionalHttpMessageHandlers(
                (handlers, provider) => handlers.Insert(0, new IdentityProviderMetricsHandler(provider.GetRequiredService<Metrics>()))
            );
        services
            .AddHealthChecks()
            .AddCheck<IdentityProviderHealthCheck>("mcpoidc-identity-provider", HealthStatus.Degraded, tags: ["ready"]);
    }

    private static void AddHeadless(IServiceCollection services)
    {
        services.AddSingleton<GrantingVisits>();
        services.AddSingleton<PersonalTokens>();
        services.AddSingleton<PersonalTokenLimit>();
        services.AddSingleton<PersonalTokenCheck>();
        services.Replace(ServiceDescriptor.Singleton<IPersonalTokenCheck>(provider => provider.GetRequiredService<PersonalTokenCheck>()));
        services.AddSingleton<DeviceRequests>();
        services.AddSingleton<DeviceDecision>();
        services.AddSingleton<DevicePages>();
        services.AddSingleton<UserCodeLimit>();
        services.AddSingleton<DeviceEndpoint>();
        services.AddSingleton<TokenChoices>();
        services.AddSingleton<NewTokenEndpoint>();
    }

    private static void AddMetadataDocuments(IServiceCollection services)
    {
        services.TryAddSingleton<IDocumentTransport, SystemDocumentTransport>();
        services.AddSingleton<NameLookups>();
        services.AddSingleton<PinnedConnection>();
        services.AddSingleton<DocumentFetcher>();
        services.AddSingleton<FetchBudget>();
        services.AddSingleton<DomainPolicy>();
        services.AddSingleton<ClientDocumentReader>();
        services.AddSingleton<ClientDocumentLoader>();
        services.AddSingleton<ClientDocuments>();
        services.AddSingleton<ClientKeySets>();
        services.AddSingleton<GivenDocuments>();
        services.AddSingleton<DocumentReach>();
        services.AddHostedService<DocumentReachHostedService>();
    }
}
