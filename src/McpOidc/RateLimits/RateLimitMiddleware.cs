using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.RateLimits;

/// <summary>
/// Counts who is refused at endpoints for machines that OpenIddict does not answer, and turns addresses away that are refused all the time.
/// At OpenIddict's, <see cref="LimitCaller"/> does so, with the client as OpenIddict reads it.
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
            // Without a token nothing is guessed: whoever shares the address of an attacker may register.
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
