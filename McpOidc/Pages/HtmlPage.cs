using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>A page of this server: no script, no foreign resource, never framed, never cached.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">Plain text.</param>
/// <param name="Body">Finished HTML; whatever came from outside went through the encoder.</param>
internal sealed record HtmlPage(int Status, string Title, IHtmlContent Body) : IResult
{
    /// <summary>Seconds after which to try again, for 503.</summary>
    public int? RetryAfter { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        response.ContentType = "text/html; charset=utf-8";
        PageHeaders.Apply(response);
        var stylesheet = httpContext.Request.PathBase + Configuration.EndpointPaths.Stylesheet;
        await using var writer = new StringWriter();
        await writer.WriteAsync($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>{HtmlEncoder.Default.Encode(Title)}</title>
            <link rel="stylesheet" href="{stylesheet}">
            </head>
            <body>
            <main>

            """);
        Body.WriteTo(writer, HtmlEncoder.Default);
        await writer.WriteAsync("""

            </main>
            </body>
            </html>

            """);
        await response.WriteAsync(writer.ToString(), httpContext.RequestAborted);
    }
}
