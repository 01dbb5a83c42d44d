using McpOidc.Protection;
using Microsoft.AspNetCore.Authorization;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Scopes in the application's policies.</summary>
public static class McpOidcAuthorizationPolicyBuilderExtensions
{
    /// <summary>
    /// Requires scopes of the access token. A request that lacks one gets 403 <c>insufficient_scope</c> with a challenge that names all
    /// required scopes (RFC 6750 §3.1), if the policy uses the scheme <c>McpOidc</c> or that of a resource.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="scopes">The scopes, all of which are required.</param>
    /// <returns>The policy.</returns>
    public static AuthorizationPolicyBuilder RequireScope(this AuthorizationPolicyBuilder policy, params string[] scopes)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(scopes);
        return policy.AddRequirements(new McpOidcRequirement([.. scopes.Distinct(StringComparer.Ordinal)]));
    }
}
