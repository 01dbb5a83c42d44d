using System.Security.Claims;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// The requirement of <c>RequireMcpOidc</c>, <c>[RequireScopes]</c> and <c>policy.RequireScope</c>: the caller has all of these scopes,
/// and those of the tools, prompts and resources that the request calls.
/// </summary>
internal sealed class McpOidcRequirement(IReadOnlyList<string> scopes)
    : AuthorizationHandler<McpOidcRequirement>,
        IAuthorizationRequirement,
        IProtectedEndpoint
{
    public IReadOnlyList<string> Scopes => scopes;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, McpOidcRequirement requirement)
    {
        var isMet = context.Resource is HttpContext http
            ? requirement.IsMetBy(context.User, http)
            : requirement.Scopes.All(HeldOf(context).Contains);
        if (isMet && context.User is { Identity.IsAuthenticated: true })
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    // The MCP SDK's authorization filters ask about single tools, prompts and resources.
    private static IEnumerable<string> HeldOf(AuthorizationHandlerContext context)
    {
        var held = TokenScopes.Of(context.User);
        return
            context.Resource is MessageContext { Services: { } services }
            && services.GetService<IHttpContextAccessor>()?.HttpContext is { } http
            ? services.GetRequiredService<ProtectedResources>().Of(http).Hierarchy.Expand(held)
            : held;
    }

    // Recorded even if they are not met: the challenge names them.
    private bool IsMetBy(ClaimsPrincipal user, HttpContext http)
    {
        var needed = NeededScopes.Of(http);
        needed.Add(Scopes);
        return needed.All.Count == 0
            || needed.All.All(
                http.RequestServices.GetRequiredService<ProtectedResources>().Of(http).Hierarchy.Expand(TokenScopes.Of(user)).Contains
            );
    }
}
