using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>The configured resources, found by any form of their identifier that a client may write, in a single look-up.</summary>
internal sealed class KnownResources(IOptions<McpOidcOptions> options)
{
    // Not read in the constructor, which runs before settings are validated: the first invalid one would hide the others.
    private readonly Lazy<FrozenDictionary<string, ResourceOptions>> _asWritten = new(() =>
        First(options.Value.Resources, resource => resource.Uri)
    );
    private readonly Lazy<FrozenDictionary<string, ResourceOptions>> _canonical = new(() =>
        First(options.Value.Resources, resource => CanonicalResource.From(resource.Uri))
    );

    public IList<ResourceOptions> All => options.Value.Resources;

    /// <summary>The only resource; <see langword="null"/> if there are several.</summary>
    public ResourceOptions? Only => All is [var only] ? only : null;

    /// <summary>Finds a resource by its identifier in any form (<see cref="CanonicalResource"/>).</summary>
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
