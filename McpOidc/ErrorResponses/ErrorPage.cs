using McpOidc.Pages;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOidc.ErrorResponses;

/// <summary>What a person sees when something went wrong: what to do next, and a reference id that the log has too.</summary>
internal sealed partial class ErrorPage(TimelineKeeper timelines, ILogger<ErrorPage> logger)
{
    /// <summary>The reason where the store does not answer.</summary>
    public const string StoreUnavailable = "store_unavailable";

    /// <summary>A request that cannot be continued, and where no client can be told.</summary>
    /// <param name="reason">A short stable code, for the log.</param>
    /// <param name="message">What happened, in words of ours.</param>
    /// <param name="advice">What to do next.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="retryAfter">Seconds after which to try again, for 503.</param>
    public IResult Show(string reason, string message, string advice, int status = StatusCodes.Status400BadRequest, int? retryAfter = null)
    {
        var reference = OpaqueToken.CreateId()[..10];
        LogShown(reference, reason);
        var body = new HtmlContentBuilder()
            .AppendHtml("<h1>").Append(message).AppendHtml("</h1>\n<p>").Append(advice)
            .AppendHtml("</p>\n<p class=\"quiet\">Reference: <code>").Append(reference).AppendHtml("</code></p>");
        var page = new HtmlPage(status, "Sign-in problem", body) { RetryAfter = retryAfter };
        // Where the store is what is missing, asking it again would only keep the person waiting.
        return reason == StoreUnavailable ? page : new RecordedPage(page, reference, reason, timelines);
    }

    public IResult StartAgain(string reason) => Show(
        reason,
        "This sign-in is no longer valid",
        "It took too long, was already completed, or was begun in another browser. Close this page and connect again from your application.");

    public IResult TemporarilyUnavailable(string reason) => Show(
        reason,
        "Sign-in is not possible at the moment",
        "Nothing was lost. Wait a minute and connect again from your application.",
        StatusCodes.Status503ServiceUnavailable,
        retryAfter: 60);

    [LoggerMessage(1901, LogLevel.Warning, "An error page was shown, reference {Reference}: {Reason}.")]
    private partial void LogShown(string reference, string reason);
}
