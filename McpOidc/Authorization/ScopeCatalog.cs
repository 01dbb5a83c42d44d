using System.Collections.Concurrent;
using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Authorization;

/// <summary>Every scope that this server knows: those of identity, those of the settings, and those that MCP servers publish in the store.</summary>
internal sealed class ScopeCatalog(IOptions<McpOidcOptions> options, RecordStore records, TimeProvider clock)
{
    private static readonly string[] s_identityScopes = ["openid", "email", "profile", "offline_access"];
    private static readonly TimeSpan s_cacheLifetime = TimeSpan.FromSeconds(10);
    private static readonly PublishedScopes s_nothing = new() { Base = [], All = [], Tools = [] };
    private readonly ConcurrentDictionary<string, (PublishedScopes Scopes, DateTimeOffset At)> _published = new(StringComparer.Ordinal);

    public async ValueTask<ResourceScopes> OfAsync(ResourceOptions resource, CancellationToken cancellationToken)
    {
        var published = await ReadAsync(resource, cancellationToken);
        return new ResourceScopes(
            [.. s_identityScopes.Concat(resource.Scopes).Concat(published.All).Distinct(StringComparer.Ordinal)],
            [.. new[] { "openid" }.Concat(resource.Scopes).Concat(published.Base).Distinct(StringComparer.Ordinal)],
            published.Tools);
    }

    /// <summary>Those of all resources, for the metadata.</summary>
    public async ValueTask<IReadOnlyList<string>> AllAsync(CancellationToken cancellationToken)
    {
        IEnumerable<string> all = s_identityScopes;
        foreach (var resource in options.Value.Resources)
        {
            all = all.Concat((await OfAsync(resource, cancellationToken)).Known);
        }

        return [.. all.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Where a resource's record lies.</summary>
    public static string IdOf(string resource) => OpaqueToken.Hash(CanonicalResource.From(resource) ?? resource);

    // Absence is not remembered: an MCP server may start a moment after the first request for the metadata.
    private async ValueTask<PublishedScopes> ReadAsync(ResourceOptions resource, CancellationToken cancellationToken)
    {
        var id = IdOf(resource.Uri);
        var now = clock.GetUtcNow();
        var known = _published.TryGetValue(id, out var kept);
        if (known && now - kept.At < s_cacheLifetime)
        {
            return kept.Scopes;
        }

        try
        {
            if (await records.GetAsync(StoreKeys.ResourceScopes, id, cancellationToken) is not { } stored)
            {
                return s_nothing;
            }

            _published[id] = (stored.Value, now);
            return stored.Value;
        }
        catch (StoreUnavailableException)
        {
            // The metadata are wanted also while the store is away; whatever needs the store says so itself.
            return known ? kept.Scopes : s_nothing;
        }
    }
}
