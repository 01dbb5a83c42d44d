using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpOidc.Hosting;

/// <summary>Takes no body at the endpoints of the authorization server that is larger than anything OAuth has to say, with a length or
/// without.</summary>
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

        // What has no length is stopped where it is read; FaultMiddleware says so.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = OAuthError.MaximumBodyBytes;
        }

        return next(context);
    }
}
