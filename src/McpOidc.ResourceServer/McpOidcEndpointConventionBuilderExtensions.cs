using McpOidc;
using McpOidc.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Protection of single endpoints.</summary>
public static class McpOidcEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Asks every request to these endpoints, whatever its method, for an access token of this server's authority with all of the scopes.
    /// A request without one is answered 401 with a challenge (RFC 6750, RFC 9728), one without a scope 403 <c>insufficient_scope</c>.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoints.</typeparam>
    /// <param name="builder">The endpoints, for instance what <c>MapMcp</c> returned.</param>
    /// <param name="scopes">The scopes; none asks for a valid token only.</param>
    /// <returns>The endpoints.</returns>
    public static TBuilder RequireMcpOidc<TBuilder>(this TBuilder builder, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(scopes);
        builder.Add(endpoint =>
        {
            if (endpoint.ApplicationServices.GetService<ResourceServerRole>() is null)
            {
                throw new InvalidOperationException($"{nameof(RequireMcpOidc)}() needs services.AddMcpOidc().AddResourceServer().");
            }

            EndpointProtection.Protect(endpoint.Metadata, scopes);
        });
        return builder;
    }

    /// <summary>
    /// Says which of several resources these endpoints belong to. Without it they belong to the one whose path they are mapped at or below.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoints.</typeparam>
    /// <param name="builder">The endpoints.</param>
    /// <param name="name">The name in <c>McpOidc:ResourceServer:Resources</c>.</param>
    /// <returns>The endpoints.</returns>
    public static TBuilder ForResource<TBuilder>(this TBuilder builder, string name)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        builder.Add(endpoint => endpoint.Metadata.Add(new ProtectedResources.ResourceName(name)));
        return builder;
    }
}
