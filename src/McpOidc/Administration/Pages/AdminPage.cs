using System.Globalization;
using McpOidc.Configuration;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>The common parts of the operators' pages. They are in English, like the log.</summary>
internal static class AdminPage
{
    /// <summary>This many rows of any kind take less than 15 kB.</summary>
    public const int Rows = 12;

    public const string SearchParameter = "search";
    public const string AfterParameter = "after";
    public const string UserParameter = "user";
    public const string ClientParameter = "client_id";

    private static readonly (string Path, string Text)[] s_parts =
    [
        (EndpointPaths.AdminGrants, "Sign-ins"),
        (EndpointPaths.AdminClients, "Clients"),
        (EndpointPaths.AdminKeys, "Keys"),
        (EndpointPaths.AdminAudit, "Audit"),
        (EndpointPaths.AdminTimeline, "Timeline"),
    ];

    public static HtmlPage Of(string title, string current, Html body) =>
        new(StatusCodes.Status200OK, PageText.AdminTitle, _ => body)
        {
            Part = title,
            UiLocales = TextCatalog.Complete,
            IsWide = true,
            Navigation = [.. s_parts.Select(part => new PageLink(EndpointPaths.AdminPages + part.Path, part.Text, part.Path == current))],
        };

    public static string UrlOf(HttpContext http, string path, params (string Name, string? Value)[] query) =>
        http.Request.PathBase
        + EndpointPaths.AdminPages
        + path
        + QueryString.Create(query.Where(pair => pair.Value is { Length: > 0 }).Select(pair => KeyValuePair.Create(pair.Name, pair.Value)));

    /// <summary>A time to the second, as in the log.</summary>
    public static Html Time(DateTimeOffset moment)
    {
        var text = moment.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);
        return Html.Of($"<time datetime=\"{text.Replace(' ', 'T')}\">{text}</time>");
    }

    /// <summary>A link to the confirmation page of an action.</summary>
    public static Html Ask(HttpContext http, string text, string action, string? id = null, Html hidden = default) =>
        Link(UrlOf(http, EndpointPaths.AdminAct, (ConfirmPage.ActionField, action), (ConfirmPage.IdField, id)), text, hidden);

    private static Html Link(string url, string text, Html hidden) =>
        Html.Of($"<a class=\"button small\" href=\"{url}\">{text}{hidden}</a>");

    public static Html Hidden(string text) => Html.Of($"<span class=\"hidden\"> {text}</span>");

    public static Html Search(HttpContext http, string path, string label, string name = SearchParameter) =>
        Html.Of(
            $"""
            <form class="search" role="search" method="get" action="{UrlOf(http, path)}">
            <div class="field"><label for="{name}">{label}</label><input type="search" id="{name}" name="{name}" value="{http.Request.Query[
                name
            ].ToString()}"></div>
            <button>Search</button>
            </form>

            """
        );

    /// <summary>A table that can be scrolled if it is too wide, also with the keyboard. On a phone each row is a card that begins with its
    /// action.</summary>
    public static Html Table(string caption, string[] heads, IEnumerable<Html[]> rows) =>
        Html.Of(
            $"""
            <div class="table" role="region" aria-label="{caption}" tabindex="0"><table>
            <thead><tr>{heads.Select(head => Html.Of($"<th scope=\"col\">{head}</th>"))}</tr></thead>
            <tbody>
            {rows.Select(cells => Row(heads, cells))}
            </tbody>
            </table></div>

            """
        );

    private static Html Row(string[] heads, Html[] cells) =>
        Html.Of($"<tr>{cells.Select((cell, index) => Html.Of($"<td data-head=\"{heads[index]}\">{cell}</td>"))}</tr>");

    /// <summary>What is known of something, as terms and values.</summary>
    public static Html Facts(params IEnumerable<(string Term, Html Value)> facts) =>
        Html.Of($"<dl class=\"facts\">\n{facts.Select(fact => Html.Of($"<dt>{fact.Term}</dt><dd>{fact.Value}</dd>"))}\n</dl>\n");

    public static Html Code(string? text) => Html.Of($"<code>{text}</code>");

    /// <summary>A link to the page of a person.</summary>
    public static Html Person(HttpContext http, string subject, string? name) =>
        Html.Of($"<a href=\"{UrlOf(http, EndpointPaths.AdminPerson, (UserParameter, subject))}\"><bdi>{name ?? subject}</bdi></a>");

    /// <summary>How many of a list were shown before.</summary>
    public static int Skipped(HttpContext http) =>
        int.TryParse(http.Request.Query[AfterParameter], NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after : 0;

    public static Html Empty(string text) => Html.Of($"<p class=\"empty\">{text}</p>\n");

    /// <summary>A link to the next page of a list, keeping the search term.</summary>
    public static Html More(HttpContext http, string path, int? next) => More(http, path, next?.ToString(CultureInfo.InvariantCulture));

    public static Html More(HttpContext http, string path, string? next)
    {
        if (next is null)
        {
            return Html.Empty;
        }

        var query = http.Request.Query;
        var url = UrlOf(
            http,
            path,
            (SearchParameter, query[SearchParameter]),
            (UserParameter, query[UserParameter]),
            (ClientParameter, query[ClientParameter]),
            (AfterParameter, next)
        );
        return Html.Of($"<p class=\"pagination\"><a class=\"button\" href=\"{url}\">More</a></p>\n");
    }
}
