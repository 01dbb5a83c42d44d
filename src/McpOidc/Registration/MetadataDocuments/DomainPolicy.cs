using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The domains whose documents the operator accepts.</summary>
internal sealed class DomainPolicy(IOptions<RegistrationOptions> options)
{
    public bool Allows(string host)
    {
        var settings = options.Value.ClientIdMetadataDocuments;
        return (settings.AllowedDomains.Count == 0 || IsWithin(host, settings.AllowedDomains)) && !IsWithin(host, settings.BlockedDomains);
    }

    /// <summary>Whether the host is one of the domains or below one of them.</summary>
    public static bool IsWithin(string host, IEnumerable<string> domains) =>
        domains.Any(domain =>
            host.Equals(domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase)
        );
}
