using System.Collections.Concurrent;
using McpOidc.Configuration;
using McpOidc.Storage;

namespace McpOidc.Authorization;

/// <summary>All scopes that this server knows: identity scopes, configured ones, and those that MCP servers publish in the
/// store.</summary>
internal sealed class ScopeCatalog(KnownResources resources, RecordStore records, TimeProvider clock)
{
    private static readonly TimeSpan s_cacheLifetime = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, (PublishedScopes Scopes, DateTimeOffset At)> _published = new(StringComparer.Ordinal);
    private readonly Lazy<string[]> _ids = new(() => [.. resources.All.Select(resource => PublishedScopes.IdOf(resource.Uri))]);

    public async ValueTask<ResourceScopes> OfAsync(ResourceOptions resource, CancellationToken cancellationToken)
    {
        var published = (await RecallAsync([PublishedScopes.IdOf(resource.Uri)], cancellationToken))[0];
        return new ResourceScopes(
            KnownOf(resource, published),
            // An MCP server that publishes its scopes also says which a client needs initially.
            [.. new[] { "openid" }.Concat(published?.Base ?? resource.Scopes).Distinct(StringComparer.Ordinal)],
            published?.Tools ?? []
        );
    }

    /// <summary>The scopes of a resource, for granted or requested ones. If the settings contain all of these, the store is not
    /// read.</summary>
    /// <exception cref="StoreUnavailableException">It must be read and is unreachable: unknown scopes are not treated as
    /// removed.</exception>
    public async ValueTask<IReadOnlyList<string>> KnownAsync(
        ResourceOptions resource,
        IEnumerable<string> wanted,
        CancellationToken cancellationToken
    )
    {
        var configured = KnownOf(resource, published: null);
        if (wanted.All(configured.Contains))
        {
            return configured;
        }

        string[] id = [PublishedScopes.IdOf(resource.Uri)];
        await ReadAsync(id, cancellationToken);
        return KnownOf(resource, Kept(id)[0]);
    }

    /// <summary>The scopes of all resources, those needed initially first.</summary>
    public async ValueTask<IReadOnlyList<string>> AllAsync(CancellationToken cancellationToken)
    {
        var published = (await RecallAsync(_ids.Value, cancellationToken)).OfType<PublishedScopes>().ToList();
        return
        [
            .. IdentityScopes
                .Supported.Concat(resources.All.SelectMany(resource => resource.Scopes))
                .Concat(published.SelectMany(one => one.Base))
                .Concat(published.SelectMany(one => one.All))
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private static string[] KnownOf(ResourceOptions resource, PublishedScopes? published) =>
        [.. IdentityScopes.Supported.Concat(resource.Scopes).Concat(published?.All ?? []).Distinct(StringComparer.Ordinal)];

    private async ValueTask<PublishedScopes?[]> RecallAsync(string[] ids, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(ids, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // The metadata must be available while the store is unreachable; endpoints that need the store report it themselves.
        }

        return Kept(ids);
    }

    private PublishedScopes?[] Kept(string[] ids) => [.. ids.Select(id => _published.TryGetValue(id, out var kept) ? kept.Scopes : null)];

    // Absence is not cached: an MCP server may start a moment after the first request for the metadata.
    private async ValueTask ReadAsync(string[] ids, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        string[] missing = [.. ids.Where(id => !(_published.TryGetValue(id, out var kept) && now - kept.At < s_cacheLifetime))];
        var stored = missing.Length == 0 ? [] : await records.GetManyAsync(StoreKeys.ResourceScopes, missing, cancellationToken);
        foreach (var (id, found) in missing.Zip(stored))
        {
            if (found is null)
            {
                _published.TryRemove(id, out _);
            }
            else
            {
                _published[id] = (found.Value, now);
            }
        }
    }
}
