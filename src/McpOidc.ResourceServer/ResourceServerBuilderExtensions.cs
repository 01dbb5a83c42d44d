using McpOidc;
using McpOidc.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The resource server.</summary>
public static class ResourceServerBuilderExtensions
{
    /// <summary>
    /// Protects MCP endpoints of this process. Settings: sections <c>McpOidc</c> and <c>McpOidc:ResourceServer</c>, which may configure
    /// several.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes settings in code, after configuration was read.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddResourceServer(this McpOidcBuilder builder, Action<ResourceServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ResourceServerServices.Add(builder);
        return builder.Configure(configure);
    }
}
