using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.RateLimits;

/// <summary>
/// Counts rejections at endpoints for programs that OpenIddict does not answer, and rejects addresses with too many. At OpenIddict's
/// endpoints <see cref="LimitCaller"/> does this, with the client as OpenIddict reads it.
/// </summary>
internal sealed class RateLimitMiddleware(
    RequestDelegate next,
    RateLimiter limiter,
    RateLimitSet limits,
    CallerAddress addresses,
    Audit.AuditLog audit
)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (
            HttpMethods.IsOptions(context.Request.Method)
            // A request without a token is not a guess: others who share an attacker's address can still register.
            || context.Request.Headers.Authorization.Count == 0
            || context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is not { CountsFailures: true }
        )
        {
            await next(context);
            return;
        }

        var address = addresses.KeyOf(context);
        if (limiter.Find(limits.FailuresOfAddress, address) is { } refusal)
        {
            audit.LimitReached(refusal, sent: null);
            await TooManyRequests.Answer(context, refusal).ExecuteAsync(context);
            return;
        }

        await next(context);
        if (context.Response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            await limiter.SpendAsync(limits.FailuresOfAddress, address);
        }
    }
}
