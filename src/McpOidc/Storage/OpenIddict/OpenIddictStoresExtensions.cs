using McpOidc.Audit;
using McpOidc.Registration;
using McpOidc.Revocation;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>Makes OpenIddict use the records of McpOidc.</summary>
internal static class OpenIddictStoresExtensions
{
    /// <summary>Sets entities, stores and managers. <see cref="AttachReferenceToken"/> must also replace its original.</summary>
    public static OpenIddictCoreBuilder UseMcpOidcStores(this OpenIddictCoreBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<UnstoredRevocations>();
        builder.Services.TryAddSingleton<RevocationLogWriter>();
        builder.Services.AddHttpContextAccessor();
        builder.Services.TryAddSingleton<AuditLog>();
        builder.Services.TryAddSingleton<Grants>();
        builder.Services.TryAddSingleton<GrantOrigins>();
        builder.Services.TryAddSingleton<CodeReplay>();
        builder.Services.TryAddSingleton<CodePayload>();
        builder.Services.TryAddSingleton<StaticClients>();
        builder.Services.TryAddSingleton<RegisteredClients>();
        builder.Services.TryAddSingleton<RedirectUriPolicy>();
        // A request's memory has what it read (Storage/RequestMemory): a second cache on top would only cost time.
        return builder
            .DisableEntityCaching()
            .SetDefaultApplicationEntity<ClientRecord>()
            .SetDefaultTokenEntity<TokenEntity>()
            .ReplaceApplicationStore<ClientRecord, ClientStore>()
            .ReplaceTokenStore<TokenEntity, TokenStore>()
            .ReplaceApplicationManager<ClientRecord, ClientManager>()
            .ReplaceTokenManager<TokenEntity, TokenManager>();
    }
}
