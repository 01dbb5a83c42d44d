using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>In a process with both roles the resource says who the issuer is, and is the resource for which tokens are issued.</summary>
internal sealed class IntegratedModeSetup(IOptions<ProtectionOptions> protection) : IPostConfigureOptions<McpOidcOptions>
{
    public void PostConfigure(string? name, McpOidcOptions options)
    {
        if (!Uri.TryCreate(protection.Value.Resource, UriKind.Absolute, out var resource))
        {
            return;
        }

        options.Issuer ??= resource.GetLeftPart(UriPartial.Authority);
        if (!options.Resources.Any(known => CanonicalResource.AreSame(known.Uri, protection.Value.Resource)))
        {
            options.Resources.Insert(0, new ResourceOptions { Uri = protection.Value.Resource, Name = protection.Value.Name });
        }
    }
}
