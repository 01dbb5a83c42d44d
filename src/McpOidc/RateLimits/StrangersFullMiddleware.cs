using McpOidc.ErrorResponses;
using McpOidc.Hosting;
using McpOidc.Pages;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.RateLimits;

/// <summary>Answers 503 with Retry-After while the storage limit for unauthenticated callers is reached. The audit log names the limit
/// once.</summary>
internal sealed class StrangersFullMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (StrangersFullException exception) when (!context.Response.HasStarted && OwnEndpointExtensions.IsOurs(context))
        {
            FaultMiddleware.Reset(context.Response);
            await Answer(context, exception.RetryAfter).ExecuteAsync(context);
        }
    }

    private static IResult Answer(HttpContext context, int retryAfter) =>
        context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { Caller: Caller.Browser }
            ? context
                .RequestServices.GetRequiredService<ErrorPage>()
                .Show(
                    "strangers_full",
                    PageText.ErrorUnavailable,
                    PageText.ErrorUnavailableAdvice,
                    StatusCodes.Status503ServiceUnavailable,
                    retryAfter
                )
            : OAuthError.TemporarilyUnavailable() with
            {
                RetryAfter = retryAfter,
            };
}
