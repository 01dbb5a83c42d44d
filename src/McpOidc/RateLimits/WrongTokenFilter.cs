using McpOidc.Audit;
using McpOidc.ErrorResponses;
using McpOidc.Token.ClientAuthentication;
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
        var key = addresses.KeyOf(http);
        // A token cannot be guessed, but an operator's secret might be.
        if (BasicCredentials.Read(http.Request).Count > 0 && limiter.Find(limits.FailuresOfAddress, key) is { } reached)
        {
            return Refuse(http, reached);
        }

        var answer = await next(context);
        // A request without a token is not a guess.
        return
            answer is OAuthError { Status: StatusCodes.Status401Unauthorized }
            && http.Request.Headers.Authorization.Count > 0
            && await limiter.SpendAsync(limits.FailuresOfAddress, key) is { } refusal
            ? Refuse(http, refusal)
            : answer;
    }

    private IResult Refuse(HttpContext http, RateLimitRefusal refusal)
    {
        audit.LimitReached(refusal, sent: null);
        http.Response.Headers.Remove(HeaderNames.WWWAuthenticate);
        return TooManyRequests.Answer(http, refusal);
    }
}
