using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using OpenIddict.Abstractions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>Scopes come from configuration (<c>RegisterScopes</c>): there is nothing to read here, and nothing may be written.</summary>
internal sealed class ScopeStore : IOpenIddictScopeStore<ScopeEntity>
{
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => new(0L);

    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<ScopeEntity>, IQueryable<TResult>> query, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("scope");

    public ValueTask CreateAsync(ScopeEntity scope, CancellationToken cancellationToken) => throw Configured();

    public ValueTask UpdateAsync(ScopeEntity scope, CancellationToken cancellationToken) => throw Configured();

    public ValueTask DeleteAsync(ScopeEntity scope, CancellationToken cancellationToken) => throw Configured();

    public ValueTask<ScopeEntity> InstantiateAsync(CancellationToken cancellationToken) => throw Configured();

    public ValueTask<ScopeEntity?> FindByIdAsync(string identifier, CancellationToken cancellationToken) => new((ScopeEntity?)null);

    public ValueTask<ScopeEntity?> FindByNameAsync(string name, CancellationToken cancellationToken) => new((ScopeEntity?)null);

    public IAsyncEnumerable<ScopeEntity> FindByNamesAsync(ImmutableArray<string> names, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<ScopeEntity>();

    public IAsyncEnumerable<ScopeEntity> FindByResourceAsync(string resource, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<ScopeEntity>();

    public IAsyncEnumerable<ScopeEntity> ListAsync(int? count, int? offset, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<ScopeEntity>();

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<ScopeEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("scope");

    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<ScopeEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("scope");

    public ValueTask<string?> GetIdAsync(ScopeEntity scope, CancellationToken cancellationToken) => new((string?)null);

    public ValueTask<string?> GetNameAsync(ScopeEntity scope, CancellationToken cancellationToken) => new((string?)null);

    public ValueTask<string?> GetDescriptionAsync(ScopeEntity scope, CancellationToken cancellationToken) => new((string?)null);

    public ValueTask<string?> GetDisplayNameAsync(ScopeEntity scope, CancellationToken cancellationToken) => new((string?)null);

    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDescriptionsAsync(ScopeEntity scope, CancellationToken cancellationToken)
        => new(ImmutableDictionary<CultureInfo, string>.Empty);

    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(ScopeEntity scope, CancellationToken cancellationToken)
        => new(ImmutableDictionary<CultureInfo, string>.Empty);

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(ScopeEntity scope, CancellationToken cancellationToken)
        => new(ImmutableDictionary<string, JsonElement>.Empty);

    public ValueTask<ImmutableArray<string>> GetResourcesAsync(ScopeEntity scope, CancellationToken cancellationToken)
        => new(ImmutableArray<string>.Empty);

    public ValueTask SetNameAsync(ScopeEntity scope, string? name, CancellationToken cancellationToken) => throw Configured();

    public ValueTask SetDescriptionAsync(ScopeEntity scope, string? description, CancellationToken cancellationToken) => throw Configured();

    public ValueTask SetDisplayNameAsync(ScopeEntity scope, string? name, CancellationToken cancellationToken) => throw Configured();

    public ValueTask SetDescriptionsAsync(ScopeEntity scope, ImmutableDictionary<CultureInfo, string> descriptions, CancellationToken cancellationToken)
        => throw Configured();

    public ValueTask SetDisplayNamesAsync(ScopeEntity scope, ImmutableDictionary<CultureInfo, string> names, CancellationToken cancellationToken)
        => throw Configured();

    public ValueTask SetPropertiesAsync(ScopeEntity scope, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken)
        => throw Configured();

    public ValueTask SetResourcesAsync(ScopeEntity scope, ImmutableArray<string> resources, CancellationToken cancellationToken)
        => throw Configured();

    private static NotSupportedException Configured()
        => StoreFaults.NotKept("scopes", "They come from configuration: name a new one there.");
}
