using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using McpOidc.Registration;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Storage.OpenIddict;

/// <content>Members of the interface that OpenIddict's server never calls.</content>
internal sealed partial class ClientStore
{
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw StoreFaults.Unused();

    public ValueTask<long> CountAsync<TResult>(
        Func<IQueryable<ClientRecord>, IQueryable<TResult>> query,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask CreateAsync(ClientRecord application, CancellationToken cancellationToken) => throw StoreFaults.Unused();

    public ValueTask DeleteAsync(ClientRecord application, CancellationToken cancellationToken) => throw StoreFaults.Unused();

    public IAsyncEnumerable<ClientRecord> FindByRedirectUriAsync(string uri, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<ClientRecord>, TState, IQueryable<TResult>> query,
        TState state,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask<ClientRecord> InstantiateAsync(CancellationToken cancellationToken) => throw StoreFaults.Unused();

    public IAsyncEnumerable<ClientRecord> ListAsync(int? count, int? offset, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<ClientRecord>, TState, IQueryable<TResult>> query,
        TState state,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask SetApplicationTypeAsync(ClientRecord application, string? type, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetClientIdAsync(ClientRecord application, string? identifier, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetClientSecretAsync(ClientRecord application, string? secret, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetClientTypeAsync(ClientRecord application, string? type, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetConsentTypeAsync(ClientRecord application, string? type, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetDisplayNameAsync(ClientRecord application, string? name, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetDisplayNamesAsync(
        ClientRecord application,
        ImmutableDictionary<CultureInfo, string> names,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask SetJsonWebKeySetAsync(ClientRecord application, JsonWebKeySet? set, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetPermissionsAsync(
        ClientRecord application,
        ImmutableArray<string> permissions,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask SetPostLogoutRedirectUrisAsync(
        ClientRecord application,
        ImmutableArray<string> uris,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask SetPropertiesAsync(
        ClientRecord application,
        ImmutableDictionary<string, JsonElement> properties,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask SetRedirectUrisAsync(ClientRecord application, ImmutableArray<string> uris, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask SetRequirementsAsync(
        ClientRecord application,
        ImmutableArray<string> requirements,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask SetSettingsAsync(
        ClientRecord application,
        ImmutableDictionary<string, string> settings,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask UpdateAsync(ClientRecord application, CancellationToken cancellationToken) => throw StoreFaults.Unused();
}
