using McpOidc.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// The requirement of <c>RequireMcpOidc</c>, <c>[RequireScopes]</c> and <c>policy.RequireScope</c>: the caller has all of these scopes,
/// and those of the tools, prompts and resources that the request calls.
/// </summary>
internal sealed class McpOidcRequirement(IReadOnlyList<string> scopes) : IAuthorizationRequirement, IProtectedEndpoint
{
    public IReadOnlyList<string> Scopes => scopes;
}

/// <summary>Decides about <see cref="McpOidcRequirement"/> for ASP.NET Core (a request), for the MCP SDK (a tool), and for the application
/// (<c>IAuthorizationService</c>). The scope hierarchy applies to all of them.</summary>
internal sealed class McpOidcRequirementHandler(ProtectedResources resources, IHttpContextAccessor current)
    : AuthorizationHandler<McpOidcRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, McpOidcRequirement requirement)
    {
        IReadOnlyCollection<string> needed = context.Resource is HttpContext asked ? NeededBy(asked, requirement) : requirement.Scopes;
        if (
            context.User is { Identity.IsAuthenticated: true }
            && (needed.Count == 0 || needed.All(HeldBy(context, context.Resource as HttpContext ?? current.HttpContext).Contains))
        )
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    // Recorded even if they are not met: the challenge names them.
    private static IReadOnlyCollection<string> NeededBy(HttpContext http, McpOidcRequirement requirement)
    {
        var needed = NeededScopes.Of(http);
        needed.Add(requirement.Scopes);
        return needed.All;
    }

    private IReadOnlyCollection<string> HeldBy(AuthorizationHandlerContext context, HttpContext? http)
    {
        var held = TokenScopes.Of(context.User);
        return http is null ? held : resources.Of(http).Hierarchy.Expand(held);
    }
}
