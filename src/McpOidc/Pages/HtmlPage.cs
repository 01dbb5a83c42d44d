using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Pages;

/// <summary>A page of this server: no script, no foreign resource, never framed, never cached, in the language of whoever asks.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The title of the window.</param>
/// <param name="Body">What stands between the name at the top and the foot.</param>
internal sealed record HtmlPage(int Status, PageText Title, Func<PageTexts, Html> Body) : IResult
{
    /// <summary>Seconds after which to try again, for 503 and 429.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The languages that the client asked for (<c>ui_locales</c>, OpenID Connect Core §3.1.2.1), where a request of a client led
    /// here.</summary>
    public string? UiLocales { get; init; }

    /// <summary>Of which part of it this page is, before the title; for pages that are in English only.</summary>
    public string? Part { get; init; }

    /// <summary>Whether the body is cards and tables of its own rather than the content of one card.</summary>
    public bool IsWide { get; init; }

    /// <summary>Links between pages, shown beside the name.</summary>
    public IReadOnlyList<PageLink> Navigation { get; init; } = [];

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var texts = services
            .GetRequiredService<TextCatalog>()
            .For(httpContext.Request, UiLocales ?? httpContext.Request.Query["ui_locales"]);
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentLanguage = texts.Language;
        PageHeaders.Apply(response);
        await response.WriteAsync(
            services.GetRequiredService<PageLayout>().Render(this, texts, httpContext.Request.PathBase),
            httpContext.RequestAborted
        );
    }
}

/// <summary>A link between pages.</summary>
/// <param name="Path">Below the issuer.</param>
/// <param name="Text">What it says.</param>
/// <param name="IsCurrent">Whether it leads to the page on which it stands.</param>
internal sealed record PageLink(string Path, string Text, bool IsCurrent = false);
