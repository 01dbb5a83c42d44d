using McpOidc.Configuration;
using OpenIddict.Abstractions;

namespace McpOidc.Authorization;

/// <summary>The resource of a request.</summary>
/// <param name="Options">The configured resource.</param>
/// <param name="AskedAs">The form that the client used; tokens carry it as <c>aud</c>.</param>
internal sealed record RequestedResource(ResourceOptions Options, string AskedAs)
{
    public string Name => Options.Name ?? new Uri(Options.Uri).Host;

    /// <summary>The single resource that a request is for (RFC 8707 §2), or why there is none.</summary>
    public static RequestedResource? Find(OpenIddictRequest request, KnownResources known, out string? problem)
    {
        var requested = NamedBy(request);
        var found = requested.Length switch
        {
            0 when known.Only is { } only => new RequestedResource(only, only.Uri),
            1 => Find(requested[0], known),
            _ => null,
        };
        problem = found is not null
            ? null
            : requested.Length switch
            {
                0 => "The resource parameter is required: this server issues tokens for several resources.",
                1 => "This server does not issue tokens for the requested resource.",
                _ => "Only one resource can be requested at a time.",
            };
        return found;
    }

    /// <summary>The resources that a request names. The same one several times, in any form, is one.</summary>
    public static string[] NamedBy(OpenIddictRequest request) =>
        [.. request.GetResources().DistinctBy(resource => CanonicalResource.From(resource) ?? resource)];

    /// <summary>The configured resource with this name, in any form.</summary>
    public static RequestedResource? Find(string? requested, KnownResources known) =>
        known.Find(requested) is { } resource ? new RequestedResource(resource, requested!) : null;
}
