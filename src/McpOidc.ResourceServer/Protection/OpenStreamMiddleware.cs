using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>Tells <see cref="OpenStreams"/> of every answer that a token of ours was good for.</summary>
internal sealed class OpenStreamMiddleware(RequestDelegate next, OpenStreams streams)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<TokenVerdict.Valid>() is not { } token)
        {
            await next(http);
            return;
        }

        var stream = new OpenStream(http, token.GrantId, token.Subject, token.ExpiresAt)
        {
            // The stream of a session, until MCP 2025-11-25. What took its place is told by SubscriptionFilterSetup.
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
