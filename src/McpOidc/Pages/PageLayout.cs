using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>The common layout of all pages.</summary>
internal sealed class PageLayout(Stylesheet stylesheet, Brand brand)
{
    public string Render(HtmlPage page, PageTexts texts, PathString root) =>
        Html.Of(
                $"""
                <!doctype html>
                <html lang="{texts.Language}" dir="{texts.Direction}">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="robots" content="noindex">
                <meta name="color-scheme" content="light dark">
                <title>{(page.Part is { } part ? part + " · " : "")}{texts[page.Title]} · {brand.Name}</title>
                <link rel="stylesheet" href="{root + stylesheet.Url}">
                </head>
                <body>
                {Skip(page, texts)}<header class="top"><div class="brand">{Mark(root)}</div>{Navigation(page, texts, root)}</header>
                <main id="content" class="{(page.IsWide ? "wide" : "card")}">
                {page.Body(texts)}
                </main>
                {Foot(page, texts, root)}</body>
                </html>

                """
            )
            .ToString();

    private static Html Skip(HtmlPage page, PageTexts texts) =>
        page.Navigation.Count == 0 ? Html.Empty : Html.Of($"<a class=\"skip\" href=\"#content\">{texts[PageText.SkipToContent]}</a>\n");

    private Html Mark(PathString root) =>
        brand.Logo is { } logo
            ? Html.Of($"<img src=\"{root + logo.Url}\" alt=\"\" height=\"32\"><span>{brand.Name}</span>")
            : Html.Of($"<span class=\"mark\" aria-hidden=\"true\">{DisplayText.Initial(brand.Name)}</span><span>{brand.Name}</span>");

    private static Html Navigation(HtmlPage page, PageTexts texts, PathString root)
    {
        if (page.Navigation.Count == 0)
        {
            return Html.Empty;
        }

        var links = page.Navigation.Select(link => Html.Of($"<li><a href=\"{root + link.Path}\"{Current(link)}>{link.Text}</a></li>"));
        return Html.Of($"\n<nav aria-label=\"{texts[PageText.Navigation]}\"><ul>{links}</ul></nav>");
    }

    private static Html Current(PageLink link) => link.IsCurrent ? Html.Of($" aria-current=\"page\"") : Html.Empty;

    private Html Foot(HtmlPage page, PageTexts texts, PathString root)
    {
        List<Html> links = [];
        if (page.Title != PageText.AccountTitle)
        {
            links.Add(Html.Of($"<a href=\"{root + EndpointPaths.Account}\">{texts[PageText.AccountTitle]}</a>"));
        }

        if (brand.SupportUrl is { Length: > 0 } url)
        {
            links.Add(Html.Of($"<a href=\"{url}\">{texts[PageText.Help]}</a>"));
        }

        return links.Count == 0 ? Html.Empty : Html.Of($"<footer>{links}</footer>\n");
    }
}
