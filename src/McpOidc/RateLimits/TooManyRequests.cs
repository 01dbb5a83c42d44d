using McpOidc.ErrorResponses;
using McpOidc.Hosting;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.RateLimits;

/// <summary>
/// The response beyond a limit: 429 with Retry-After (RFC 6585 §4) and <c>temporarily_unavailable</c>, the matching OAuth error, after
/// which clients keep their tokens.
/// </summary>
internal static class TooManyRequests
{
    public const string Description = "Too many requests. No data was lost; retry after the time in Retry-After.";

    public static IResult Answer(HttpContext context, RateLimitRefusal refusal) =>
        context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { Caller: Caller.Browser }
        && context.RequestServices.GetService(typeof(ErrorPage)) is ErrorPage page
            ? Show(page, refusal)
            : new OAuthError(StatusCodes.Status429TooManyRequests, "temporarily_unavailable", Description)
            {
                RetryAfter = refusal.RetryAfter,
            };

    public static IResult Show(ErrorPage page, RateLimitRefusal refusal) =>
        page.Show(
            $"limit_{refusal.Limit}",
            PageText.ErrorTooMany,
            PageText.ErrorTooManyAdvice,
            StatusCodes.Status429TooManyRequests,
            refusal.RetryAfter
        );
}
