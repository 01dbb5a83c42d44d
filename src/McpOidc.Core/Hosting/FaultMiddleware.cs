using McpOidc.ErrorResponses;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOidc.Hosting;

/// <summary>
/// Answers 503 with Retry-After if the store does not respond, as JSON for programs and as a page for users; no data is lost.
/// </summary>
internal sealed partial class FaultMiddleware(RequestDelegate next, ILogger<FaultMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (StoreUnavailableException exception) when (!context.Response.HasStarted && OwnEndpointExtensions.IsOurs(context))
        {
            LogStoreUnavailable(exception);
            Reset(context.Response);
            await (FaultPages.For(context)?.StoreUnavailable() ?? OAuthError.TemporarilyUnavailable()).ExecuteAsync(context);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted && OwnEndpointExtensions.IsOwn(context))
        {
            // The body ended early, came too slowly or has no end: the sender's fault.
            Reset(context.Response);
            await (
                exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? OAuthError.TooLarge
                    : new OAuthError(exception.StatusCode, "invalid_request", "The request body could not be read.")
            ).ExecuteAsync(context);
        }
    }

    /// <summary>Discards the response so far, except for a header that has nothing to do with it.</summary>
    public static void Reset(HttpResponse response)
    {
        var security = response.Headers.StrictTransportSecurity;
        response.Clear();
        response.Headers.StrictTransportSecurity = security;
    }

    [LoggerMessage(1701, LogLevel.Error, "Answered a request with 503: the store is unreachable.")]
    private partial void LogStoreUnavailable(Exception exception);
}
