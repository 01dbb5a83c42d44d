using McpOidc.Protection;
using Microsoft.AspNetCore.Authorization;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Scopes in policies of the application.</summary>
public static class McpOidcAuthorizationPolicyBuilderExtensions
{
    /// <summary>
    /// Asks for scopes of the access token. A request that lacks one is answered 403 <c>insufficient_scope</c>, with a challenge that names
    /// all that it needs (RFC 6750 §3.1), where the policy goes by the scheme <c>McpOidc</c> or that of a resource.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="scopes">All of which are needed.</param>
    /// <returns>The policy.</returns>
    public static AuthorizationPolicyBuilder RequireScope(this AuthorizationPolicyBuilder policy, params string[] scopes)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(scopes);
        return policy.AddRequirements(new McpOidcRequirement([.. scopes.Distinct(StringComparer.Ordinal)]));
    }
}
