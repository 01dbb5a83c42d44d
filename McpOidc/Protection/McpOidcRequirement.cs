using Microsoft.AspNetCore.Authorization;

namespace McpOidc.Protection;

/// <summary>What <c>RequireMcpOidc</c> asks of a request: a token for this server that has all of these scopes.</summary>
internal sealed class McpOidcRequirement(IReadOnlyList<string> scopes) : AuthorizationHandler<McpOidcRequirement>, IAuthorizationRequirement
{
    public IReadOnlyList<string> Scopes => scopes;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, McpOidcRequirement requirement)
    {
        if (context.User.Identity is { IsAuthenticated: true } && requirement.Scopes.All(TokenScopes.Of(context.User).Contains))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
