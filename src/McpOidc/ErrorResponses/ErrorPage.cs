using McpOidc.Pages;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOidc.ErrorResponses;

/// <summary>The error page for users: what to do next, and a reference id that is also in the log.</summary>
internal sealed partial class ErrorPage(TimelineKeeper timelines, ILogger<ErrorPage> logger)
{
    /// <summary>The reason if the store does not respond.</summary>
    public const string StoreUnavailable = "store_unavailable";

    /// <summary>For a request that cannot be continued, and whose error cannot go to a client.</summary>
    /// <param name="reason">A short stable code, for the log.</param>
    /// <param name="message">What happened.</param>
    /// <param name="advice">What to do next.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="retryAfter">The Retry-After of 503, in seconds.</param>
    /// <param name="problem">What is wrong, in English, for an advice with that placeholder; never the text of an unexpected
    /// exception.</param>
    public IResult Show(
        string reason,
        PageText message,
        PageText advice,
        int status = StatusCodes.Status400BadRequest,
        int? retryAfter = null,
        string? problem = null
    ) => Show(reason, message, texts => Html.Of($"<p>{texts.With(advice, ("problem", problem))}</p>"), status, retryAfter);

    /// <summary>For an error to which the browser is not redirected automatically: the user sees the destination, and goes there by a
    /// click.</summary>
    /// <param name="error">The OAuth error.</param>
    /// <param name="address">The redirect URI with the response in its query.</param>
    public IResult ShowReturn(string error, string address) =>
        Show(
            error,
            PageText.OpenAppRefusedHeading,
            texts =>
                Html.Of(
                    $"""
                    <p>{texts.With(PageText.ReturnAdvice, ("host", Html.Of($"<strong>{ReturnLink.HostOf(address)}</strong>")))}</p>
                    {ReturnLink.To(address, texts)}
                    """
                )
        );

    /// <summary>The same with several sentences of advice.</summary>
    public IResult Show(
        string reason,
        PageText message,
        Func<PageTexts, Html> advice,
        int status = StatusCodes.Status400BadRequest,
        int? retryAfter = null,
        string? uiLocales = null
    )
    {
        var reference = OpaqueToken.CreateId()[..10];
        LogShown(reference, reason);
        var page = new HtmlPage(
            status,
            PageText.ErrorTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[message]}</h1>
                    {advice(texts)}
                    <div class="reference"><p>{texts.With(PageText.ErrorReference, ("reference", Html.Of($"<code>{reference}</code>")))}</p>
                    <p class="quiet">{texts[PageText.ErrorReferenceHint]}</p></div>
                    """
                )
        )
        {
            RetryAfter = retryAfter,
            UiLocales = uiLocales,
        };
        // If the store is what failed, asking it again would only delay the page.
        return reason == StoreUnavailable ? page : new RecordedPage(page, reference, reason, timelines);
    }

    public IResult StartAgain(string reason) => Show(reason, PageText.ErrorStartAgain, PageText.ErrorStartAgainAdvice);

    public IResult TemporarilyUnavailable(string reason) =>
        Show(reason, PageText.ErrorUnavailable, PageText.ErrorUnavailableAdvice, StatusCodes.Status503ServiceUnavailable, retryAfter: 60);

    [LoggerMessage(1901, LogLevel.Warning, "Showed an error page with reference {Reference}: {Reason}.")]
    private partial void LogShown(string reference, string reason);
}
