using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Disables ASP.NET Core's own forwarded headers, which <see cref="ProxyHeadersMiddleware"/> handles. Aspire and containers set
/// <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c>, which trusts every caller; the middleware that it adds reads these options.
/// </summary>
internal sealed class TrustedProxiesSetup : IPostConfigureOptions<ForwardedHeadersOptions>
{
    public void PostConfigure(string? name, ForwardedHeadersOptions forwarded) => forwarded.ForwardedHeaders = ForwardedHeaders.None;
}
