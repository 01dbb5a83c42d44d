using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Tells the caller that there is no client: a person by a page, since the redirect URI of an unknown client is not trusted (RFC 6749
/// §4.1.2.1), a machine by <c>invalid_client</c>, or by <c>temporarily_unavailable</c> where trying again makes sense.
/// </summary>
internal static class ClientDocumentAnswer
{
    private const int RetryAfterSeconds = 15;

    public static IResult For(HttpContext context, ClientDocumentException exception)
        => IsForPerson(context.Request) && context.RequestServices.GetService(typeof(ErrorPage)) is ErrorPage page
            ? ForPerson(page, exception)
            : exception.IsTemporary
                ? new OAuthError(StatusCodes.Status503ServiceUnavailable, "temporarily_unavailable", exception.Message) { RetryAfter = RetryAfterSeconds }
                : new OAuthError(StatusCodes.Status401Unauthorized, "invalid_client", exception.Message);

    private static bool IsForPerson(HttpRequest request)
        => request.Path == EndpointPaths.Authorize || request.Path == EndpointPaths.Consent
            || request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static IResult ForPerson(ErrorPage page, ClientDocumentException exception) => exception.IsTemporary
        ? page.Show(
            "client_document_unavailable",
            "The application's description cannot be read at the moment",
            $"{exception.Message} The application names a web page that describes it, and this server has to read that page before you can sign in. Wait a minute and connect again.",
            StatusCodes.Status503ServiceUnavailable,
            RetryAfterSeconds)
        : page.Show(
            "client_document_refused",
            "The application's description cannot be accepted",
            $"{exception.Message} Tell the people who make the application, or connect with another one.");
}
