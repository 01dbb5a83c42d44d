using McpOidc.Hosting;
using McpOidc.Protection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;

namespace McpOidc;

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
    public static TBuilder RequireMcpOidc<TBuilder>(this TBuilder builder, params string[] scopes) where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(scopes);
        var requirement = new McpOidcRequirement([.. scopes.Distinct(StringComparer.Ordinal)]);
        var policy = new AuthorizationPolicyBuilder(McpOidcAuthentication.Scheme).AddRequirements(requirement).Build();
        builder.Add(endpoint =>
        {
            Roles.RequireProtection(endpoint.ApplicationServices, nameof(RequireMcpOidc));
            endpoint.Metadata.Add(requirement);
        });
        return builder.RequireAuthorization(policy);
    }
}
