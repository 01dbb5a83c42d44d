using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>Does not authenticate a second time what <see cref="AcceptKnownToken"/> has let in. What a policy then asks for is asked as ever.</summary>
internal sealed class EvaluateKnownToken(PolicyEvaluator evaluator) : IPolicyEvaluator
{
    public Task<AuthenticateResult> AuthenticateAsync(AuthorizationPolicy policy, HttpContext context)
    {
        if (policy.AuthenticationSchemes is not [McpOidcAuthentication.Scheme] || context.Features.Get<TokenVerdict.Valid>() is not { } valid || context.User != valid.User)
        {
            return evaluator.AuthenticateAsync(policy, context);
        }

        return valid.Accepting;
    }

    public Task<PolicyAuthorizationResult> AuthorizeAsync(AuthorizationPolicy policy, AuthenticateResult authenticationResult, HttpContext context, object? resource)
        => evaluator.AuthorizeAsync(policy, authenticationResult, context, resource);
}
