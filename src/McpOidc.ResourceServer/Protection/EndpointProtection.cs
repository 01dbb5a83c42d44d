using Microsoft.AspNetCore.Authorization;

namespace McpOidc.Protection;

/// <summary>Metadata of a protected endpoint, whether protected by <c>RequireMcpOidc</c>, <c>[RequireScopes]</c> or its path.</summary>
internal static class EndpointProtection
{
    public static void Protect(IList<object> metadata, IEnumerable<string> scopes)
    {
        var requirement = new McpOidcRequirement([.. scopes.Distinct(StringComparer.Ordinal)]);
        metadata.Add(requirement);
        metadata.Add(new AuthorizationPolicyBuilder(McpOidcAuthentication.Scheme).AddRequirements(requirement).Build());
        metadata.Add(new AuthorizeAttribute());
    }
}
