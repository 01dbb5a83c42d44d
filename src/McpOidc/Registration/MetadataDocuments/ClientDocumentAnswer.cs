using McpOidc.ErrorResponses;
using McpOidc.Hosting;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Reports that there is no client: to a user by a page, because the redirect URI of an unknown client is not trusted (RFC 6749 §4.1.2.1);
/// to a program by <c>invalid_client</c>, or <c>temporarily_unavailable</c> if a retry may succeed.
/// </summary>
internal static class ClientDocumentAnswer
{
    private const int RetryAfterSeconds = 15;

    public static IResult For(HttpContext context, ClientDocumentException exception) =>
        IsForPerson(context) && context.RequestServices.GetService(typeof(ErrorPage)) is ErrorPage page ? ForPerson(page, exception)
        : exception.IsTemporary
            ? new OAuthError(StatusCodes.Status503ServiceUnavailable, "temporarily_unavailable", exception.Message)
            {
                RetryAfter = RetryAfterSeconds,
            }
        : new OAuthError(StatusCodes.Status401Unauthorized, "invalid_client", exception.Message);

    private static bool IsForPerson(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { Caller: Caller.Browser }
        || context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static IResult ForPerson(ErrorPage page, ClientDocumentException exception) =>
        exception.IsTemporary
            ? page.Show(
                "client_document_unavailable",
                PageText.ErrorDocumentUnavailable,
                PageText.ErrorDocumentUnavailableAdvice,
                StatusCodes.Status503ServiceUnavailable,
                RetryAfterSeconds,
                exception.Message
            )
            : page.Show(
                "client_document_refused",
                PageText.ErrorDocumentRefused,
                PageText.ErrorDocumentRefusedAdvice,
                problem: exception.Message
            );
}
