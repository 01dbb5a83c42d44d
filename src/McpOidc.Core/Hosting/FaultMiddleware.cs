using McpOidc.ErrorResponses;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>
/// A store that does not answer is 503 with Retry-After, as JSON for programs and as a page for people; nothing was lost by it.
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
            // A body that ends too early, comes too slowly or has no end: the sender's doing.
            Reset(context.Response);
            await (
                exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? OAuthError.TooLarge
                    : new OAuthError(exception.StatusCode, "invalid_request", "The request could not be read.")
            ).ExecuteAsync(context);
        }
    }

    /// <summary>Takes back what was about to be answered, but for the headers by which a script in a browser may read the answer.</summary>
    public static void Reset(HttpResponse response)
    {
        var kept = response
            .Headers.Where(header =>
                header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)
                || header.Key == HeaderNames.StrictTransportSecurity
            )
            .ToList();
        response.Clear();
        kept.ForEach(response.Headers.Add);
    }

    [LoggerMessage(1701, LogLevel.Error, "A request was answered 503: the store cannot be reached.")]
    private partial void LogStoreUnavailable(Exception exception);
}
