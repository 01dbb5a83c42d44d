using McpOidc.Audit;
using McpOidc.Registration;
using McpOidc.Revocation;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>Puts OpenIddict on the records of McpOidc.</summary>
internal static class OpenIddictStoresExtensions
{
    /// <summary>Sets entities, stores and managers. <see cref="AttachReferenceToken"/> has to replace its original besides.</summary>
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
        builder.Services.TryAddSingleton<StaticClients>();
        builder.Services.TryAddSingleton<RegisteredClients>();
        builder.Services.TryAddSingleton<RedirectUriPolicy>();
        // What a request has read once is in its memory (Storage/RequestMemory): a second cache over it only costs.
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
