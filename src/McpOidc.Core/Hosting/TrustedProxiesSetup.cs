using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Keeps ASP.NET Core from believing proxies, which is <see cref="ProxyHeadersMiddleware"/>'s to do. Aspire and containers set
/// <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c>, which believes anybody; the middleware that it adds reads these options.
/// </summary>
internal sealed class TrustedProxiesSetup : IPostConfigureOptions<ForwardedHeadersOptions>
{
    public void PostConfigure(string? name, ForwardedHeadersOptions forwarded) => forwarded.ForwardedHeaders = ForwardedHeaders.None;
}
