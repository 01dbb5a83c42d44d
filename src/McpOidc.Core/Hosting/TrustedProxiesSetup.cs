using McpOidc.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Whose word is taken for scheme and address of a caller: the configured networks' and nobody else's. Aspire and containers set
/// <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c>, which believes anybody; the middleware that it adds reads these options too.
/// </summary>
internal sealed class TrustedProxiesSetup(IOptions<McpOidcOptions> options) : IPostConfigureOptions<ForwardedHeadersOptions>
{
    public void PostConfigure(string? name, ForwardedHeadersOptions forwarded)
    {
        var networks = options.Value.TrustedProxies;
        forwarded.KnownIPNetworks.Clear();
        forwarded.KnownProxies.Clear();
        forwarded.ForwardLimit = null;
        forwarded.ForwardedHeaders =
            networks.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        foreach (var network in networks)
        {
            forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
        }
    }
}
