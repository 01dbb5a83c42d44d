using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Protection;

/// <summary>What <c>RequireMcpOidc</c> asks of a request: a token for this server that has all of these scopes, and those of the tools it calls.</summary>
internal sealed class McpOidcRequirement(IReadOnlyList<string> scopes) : AuthorizationHandler<McpOidcRequirement>, IAuthorizationRequirement
{
    public IReadOnlyList<string> Scopes => scopes;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, McpOidcRequirement requirement)
    {
        if (context is { User.Identity.IsAuthenticated: true, Resource: HttpContext http } && requirement.IsMetBy(http))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    /// <summary>Whether the token of a request, which is a good one, has all scopes.</summary>
    public bool IsMetBy(HttpContext http)
    {
        var ofTools = RequestedTools.ScopesOf(http);
        if (Scopes.Count == 0 && ofTools.Count == 0)
        {
            return true;
        }

        var needed = Scopes.Concat(ofTools);
        return needed.All(http.RequestServices.GetRequiredService<ScopeHierarchy>().Expand(TokenScopes.Of(http.User)).Contains);
    }
}
