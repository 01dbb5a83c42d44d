using McpOidc;
using McpOidc.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Protects single endpoints.</summary>
public static class McpOidcEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Requires an access token of this server's authority, with all of the scopes, for every request to these endpoints, whatever its
    /// method. A request without one gets 401 with a challenge (RFC 6750, RFC 9728); one without a scope gets 403
    /// <c>insufficient_scope</c>.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the endpoints.</typeparam>
    /// <param name="builder">The endpoints, for instance the result of <c>MapMcp</c>.</param>
    /// <param name="scopes">The scopes; none requires only a valid token.</param>
    /// <returns>The endpoints.</returns>
    public static TBuilder RequireMcpOidc<TBuilder>(this TBuilder builder, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(scopes);
        builder.Add(endpoint =>
        {
            if (endpoint.ApplicationServices.GetService<ResourceServerRole>() is null)
            {
                throw new InvalidOperationException($"{nameof(RequireMcpOidc)}() requires services.AddMcpOidc().AddResourceServer().");
            }

            EndpointProtection.Protect(endpoint.Metadata, scopes);
        });
        return builder;
    }

    /// <summary>
    /// Selects the resource that these endpoints belong to. Without it they belong to the resource at or below whose path they are mapped.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the endpoints.</typeparam>
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
