using McpOidc.Protection;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>
/// In a process with both roles, the first protected resource determines the issuer, and tokens are issued for all of them.
/// </summary>
internal sealed class IntegratedModeSetup(IOptions<ResourceServerOptions> protection) : IPostConfigureOptions<McpOidcOptions>
{
    public void PostConfigure(string? name, McpOidcOptions options)
    {
        var place = 0;
        foreach (var (_, _, described) in ProtectedResources.Described(protection.Value))
        {
            if (!Uri.TryCreate(described.Resource, UriKind.Absolute, out var resource))
            {
                continue;
            }

            options.Issuer ??= resource.GetLeftPart(UriPartial.Authority);
            if (!options.Resources.Any(known => CanonicalResource.AreSame(known.Uri, described.Resource)))
            {
                options.Resources.Insert(place++, new ResourceOptions { Uri = described.Resource, Name = described.Name });
            }
        }
    }
}
