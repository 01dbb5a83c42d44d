using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Pages;

/// <summary>A page of this server, in the user's language: no script, no external resource, never framed, never cached.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The window title.</param>
/// <param name="Body">The content between header and footer.</param>
internal sealed record HtmlPage(int Status, PageText Title, Func<PageTexts, Html> Body) : IResult
{
    /// <summary>The Retry-After of 503 and 429, in seconds.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The languages that the client requested (<c>ui_locales</c>, OpenID Connect Core §3.1.2.1), if a client's request led
    /// here.</summary>
    public string? UiLocales { get; init; }

    /// <summary>The section that this page belongs to, shown before the title; for pages in English only.</summary>
    public string? Part { get; init; }

    /// <summary>Whether the body has its own cards and tables rather than the content of one card.</summary>
    public bool IsWide { get; init; }

    /// <summary>Links to other pages, shown next to the name.</summary>
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
/// <param name="Path">The path below the issuer.</param>
/// <param name="Text">Its text.</param>
/// <param name="IsCurrent">Whether it leads to the current page.</param>
internal sealed record PageLink(string Path, string Text, bool IsCurrent = false);
