using System.Net;
using System.Text;

namespace McpOidc.McpServer;

/// <summary>The root page: the same information as on the console, for a browser.</summary>
internal static class WelcomePage
{
    public static IResult Show(HttpContext context, IServiceProvider services)
    {
        var url = ConnectHints.McpUrl(services);
        var page = new StringBuilder(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                + "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light "
                + "dark\">\n<title>McpOidc</title>\n"
        );
        page.Append(
            "<link rel=\"stylesheet\" href=\"/oauth/style.css\">\n</head>\n<body>\n<header class=\"top\"><div class=\"brand\"><span "
                + "class=\"mark\" aria-hidden=\"true\">M</span><span>McpOidc</span></div></header>\n<main class=\"card\">\n<h1>This is "
                + "an MCP server</h1>\n"
        );
        page.Append(
            $"<p>Its endpoint is <code>{Encode(url)}</code>. Add it to your client; the client then opens a browser in which you sign "
                + $"in.</p>\n<dl>\n"
        );
        foreach (var (client, line) in ConnectHints.For(url))
        {
            page.Append($"<dt>{Encode(client)}</dt><dd><pre>{Encode(line)}</pre></dd>\n");
        }

        if (services.GetService<DemoUsers>() is { } users)
        {
            page.Append($"<dt>Demo users</dt><dd>{Encode(users.ToString())}</dd>\n");
        }

        page.Append("</dl>\n</main>\n</body>\n</html>\n");
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Content(page.ToString(), "text/html; charset=utf-8");
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
