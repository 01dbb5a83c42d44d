using McpOidc.ErrorResponses;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>
/// A store that does not answer is 503 with Retry-After, as JSON for machines and as a page for people; nothing was lost by it. A client
/// whose document cannot be used is answered here too, because OpenIddict has no words for it wherever it looks clients up.
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
            await Answer(context).ExecuteAsync(context);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted && OwnEndpointExtensions.IsOwn(context))
        {
            // A body that ends too early, comes too slowly or has no end: the sender's doing.
            Reset(context.Response);
            await (
                exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? BodyLimitMiddleware.TooLarge
                    : new OAuthError(exception.StatusCode, "invalid_request", "The request could not be read.")
            ).ExecuteAsync(context);
        }
        catch (ClientDocumentException exception) when (!context.Response.HasStarted)
        {
            Reset(context.Response);
            await ClientDocumentAnswer.For(context, exception).ExecuteAsync(context);
        }
    }

    // A script in a browser may read the answer only by the headers that CrossOrigin has already written.
    private static void Reset(HttpResponse response)
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

    private static IResult Answer(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && context.RequestServices.GetService(typeof(ErrorPage)) is ErrorPage page
            ? page.TemporarilyUnavailable(ErrorPage.StoreUnavailable)
            : OAuthError.TemporarilyUnavailable();

    [LoggerMessage(1701, LogLevel.Error, "A request was answered 503: the store cannot be reached.")]
    private partial void LogStoreUnavailable(Exception exception);
}
