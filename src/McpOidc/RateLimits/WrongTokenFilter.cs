using McpOidc.Audit;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.RateLimits;

/// <summary>
/// Counts wrong tokens at the registration endpoints. A valid one is served even if strangers at the same address have used up its limit,
/// like a live code at OpenIddict's endpoints (<see cref="LimitCaller"/>).
/// </summary>
internal sealed class WrongTokenFilter(RateLimiter limiter, RateLimitSet limits, CallerAddress addresses, AuditLog audit) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var answer = await next(context);
        if (
            answer is not OAuthError { Status: StatusCodes.Status401Unauthorized }
            // A request without a token is not a guess.
            || http.Request.Headers.Authorization.Count == 0
            || await limiter.SpendAsync(limits.FailuresOfAddress, addresses.KeyOf(http)) is not { } refusal
        )
        {
            return answer;
        }

        audit.LimitReached(refusal, sent: null);
        http.Response.Headers.Remove(HeaderNames.WWWAuthenticate);
        return TooManyRequests.Answer(http, refusal);
    }
}
