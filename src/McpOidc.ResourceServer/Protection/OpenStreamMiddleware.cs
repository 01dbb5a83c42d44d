using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>Adds every response to a request with a McpOidc token to <see cref="OpenStreams"/>.</summary>
internal sealed class OpenStreamMiddleware(RequestDelegate next, OpenStreams streams)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<TokenVerdict.Valid>() is not { } token)
        {
            await next(http);
            return;
        }

        var stream = new OpenStream(http, token.GrantId, token.Subject, token.StreamEndsAt)
        {
            // The stream of an MCP session, until 2025-11-25. SubscriptionFilterSetup reports its successor.
            WaitsForNews = HttpMethods.IsGet(http.Request.Method),
        };
        http.Features.Set(stream);
        streams.Add(stream);
        try
        {
            await next(http);
        }
        finally
        {
            streams.Remove(stream);
        }
    }
}
