using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpOidc.Hosting;

/// <summary>Rejects bodies at the authorization server's endpoints that are larger than any OAuth request, with or without a
/// length.</summary>
internal sealed class BodyLimitMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is null)
        {
            return next(context);
        }

        if (context.Request.ContentLength > OAuthError.MaximumBodyBytes)
        {
            return OAuthError.TooLarge.ExecuteAsync(context);
        }

        // A body without a length is stopped while it is read; FaultMiddleware answers it.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = OAuthError.MaximumBodyBytes;
        }

        return next(context);
    }
}
