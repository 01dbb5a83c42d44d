using McpOidc.Configuration;
using Microsoft.AspNetCore.Authentication;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Protects MCP endpoints through authentication schemes.</summary>
public static class McpOidcAuthenticationBuilderExtensions
{
    /// <summary>Adds the scheme <c>McpOidc</c>; equivalent to <c>AddMcpOidc().AddResourceServer()</c>.</summary>
    /// <param name="builder">The authentication builder.</param>
    /// <returns>The authentication builder.</returns>
    public static AuthenticationBuilder AddMcpOidc(this AuthenticationBuilder builder) => builder.AddMcpOidc(_ => { });

    /// <inheritdoc cref="AddMcpOidc(AuthenticationBuilder)"/>
    /// <param name="builder">The authentication builder.</param>
    /// <param name="configure">Changes settings in code, after configuration was read.</param>
    public static AuthenticationBuilder AddMcpOidc(this AuthenticationBuilder builder, Action<ResourceServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddMcpOidc().AddResourceServer(configure);
        return builder;
    }

    /// <summary>Adds a resource, for a process with several MCP endpoints.</summary>
    /// <param name="builder">The authentication builder.</param>
    /// <param name="scheme">The name of the resource and of its authentication scheme.</param>
    /// <param name="configure">Changes settings in code, after <c>McpOidc:ResourceServer:Resources:{scheme}</c> was read.</param>
    /// <returns>The authentication builder.</returns>
    public static AuthenticationBuilder AddMcpOidc(
        this AuthenticationBuilder builder,
        string scheme,
        Action<ProtectedResourceOptions> configure
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.AddMcpOidc(options =>
        {
            if (!options.Resources.TryGetValue(scheme, out var resource))
            {
                options.Resources[scheme] = resource = new ProtectedResourceOptions();
            }

            configure(resource);
        });
    }
}
