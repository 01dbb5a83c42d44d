using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>The configured resources, found by whatever form of their identifier a client writes, in one look-up however many there
/// are.</summary>
internal sealed class KnownResources(IOptions<McpOidcOptions> options)
{
    // Not read when this is made: that is before the settings are checked, and the first that is wrong would hide the others.
    private readonly Lazy<FrozenDictionary<string, ResourceOptions>> _asWritten = new(() =>
        First(options.Value.Resources, resource => resource.Uri)
    );
    private readonly Lazy<FrozenDictionary<string, ResourceOptions>> _canonical = new(() =>
        First(options.Value.Resources, resource => CanonicalResource.From(resource.Uri))
    );

    public IList<ResourceOptions> All => options.Value.Resources;

    /// <summary>The only one; <see langword="null"/> where there are several.</summary>
    public ResourceOptions? Only => All is [var only] ? only : null;

    /// <summary>The one that somebody names (<see cref="CanonicalResource"/>).</summary>
    public ResourceOptions? Find(string? resource) =>
        resource is null ? null
        : _asWritten.Value.TryGetValue(resource, out var found) ? found
        : CanonicalResource.From(resource) is { } canonical ? _canonical.Value.GetValueOrDefault(canonical)
        : null;

    private static FrozenDictionary<string, ResourceOptions> First(
        IEnumerable<ResourceOptions> resources,
        Func<ResourceOptions, string?> name
    ) =>
        resources
            .Where(resource => CanonicalResource.From(resource.Uri) is not null)
            .DistinctBy(name, StringComparer.Ordinal)
            .ToFrozenDictionary(resource => name(resource)!, StringComparer.Ordinal);
}
