using System.Globalization;
using McpOidc.RateLimits;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.ErrorResponses;

/// <summary>
/// Answers 503 with Retry-After if a retry may succeed, or 429 beyond a limit. OpenIddict would answer 400, after which clients discard
/// their tokens.
/// </summary>
internal sealed class AnswerUnavailable : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyTokenResponseContext>()
            .UseSingletonHandler<AnswerUnavailable>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.AttachHttpResponseCode<ApplyTokenResponseContext>.Descriptor.Order + 500)
            .Build();

    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (
            context.Response.Error == Errors.TemporarilyUnavailable
            && context.Transaction.GetHttpRequest()?.HttpContext.Response is { } response
        )
        {
            var refusal = context.Transaction.GetProperty<RateLimitRefusal>(LimitGrant.RefusalProperty);
            response.StatusCode = refusal is null ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status429TooManyRequests;
            response.Headers.RetryAfter = refusal?.RetryAfter.ToString(CultureInfo.InvariantCulture) ?? "2";
        }

        return default;
    }
}
