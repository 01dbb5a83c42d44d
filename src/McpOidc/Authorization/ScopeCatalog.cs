using System.Collections.Concurrent;
using McpOidc.Configuration;
using McpOidc.Storage;

namespace McpOidc.Authorization;

/// <summary>Every scope that this server knows: those of identity, those of the settings, and those that MCP servers publish in the
/// store.</summary>
internal sealed class ScopeCatalog(KnownResources resources, RecordStore records, TimeProvider clock)
{
    private static readonly string[] s_identityScopes = ["openid", "email", "profile", "offline_access"];
    private static readonly TimeSpan s_cacheLifetime = TimeSpan.FromSeconds(10);
    private static readonly PublishedScopes s_nothing = new()
    {
        Base = [],
        All = [],
        Tools = [],
    };
    private readonly ConcurrentDictionary<string, (PublishedScopes Scopes, DateTimeOffset At)> _published = new(StringComparer.Ordinal);
    private readonly Lazy<string[]> _ids = new(() => [.. resources.All.Select(resource => PublishedScopes.IdOf(resource.Uri))]);

    public async ValueTask<ResourceScopes> OfAsync(ResourceOptions resource, CancellationToken cancellationToken)
    {
        var published = (await ReadAsync([PublishedScopes.IdOf(resource.Uri)], cancellationToken))[0];
        return new ResourceScopes(
            [.. s_identityScopes.Concat(resource.Scopes).Concat(published.All).Distinct(StringComparer.Ordinal)],
            [.. new[] { "openid" }.Concat(resource.Scopes).Concat(published.Base).Distinct(StringComparer.Ordinal)],
            published.Tools
        );
    }

    /// <summary>Those of all resources, for the metadata.</summary>
    public async ValueTask<IReadOnlyList<string>> AllAsync(CancellationToken cancellationToken)
    {
        var published = await ReadAsync(_ids.Value, cancellationToken);
        return
        [
            .. s_identityScopes
                .Concat(resources.All.Zip(published, (resource, more) => resource.Scopes.Concat(more.All)).SelectMany(scopes => scopes))
                .Distinct(StringComparer.Ordinal),
        ];
    }

    // Absence is not remembered: an MCP server may start a moment after the first request for the metadata.
    private async ValueTask<PublishedScopes[]> ReadAsync(string[] ids, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        string[] missing = [.. ids.Where(id => !(_published.TryGetValue(id, out var kept) && now - kept.At < s_cacheLifetime))];
        try
        {
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
        catch (StoreUnavailableException)
        {
            // The metadata are wanted also while the store is away; whatever needs the store says so itself.
        }

        return [.. ids.Select(id => _published.TryGetValue(id, out var kept) ? kept.Scopes : s_nothing)];
    }
}
