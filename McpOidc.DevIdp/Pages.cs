using System.Net;

namespace McpOidc.DevIdp;

/// <summary>The pages, without script or external resources.</summary>
internal sealed class Pages(DevIdpOptions options, SignedInBrowsers browsers, Memberships people)
{
    public const string Css =
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem}label{display:block;margin:.5rem "
        + "0}input{font:inherit;width:100%;padding:.4rem}button{font:inherit;padding:.5rem 1rem;margin:.5rem .5rem 0 "
        + "0}.note{background:#fff4e0;color:#503000;padding:.5rem 1rem}";

    public IResult SignIn(HttpContext context, string returnUrl, string? userName, bool failed) =>
        Show(
            context,
            "Sign in",
            $"""
            <h1>Demo identity provider</h1>
            <p class="note">For development only. {UserList()}</p>
            {(failed ? "<p role=\"alert\">User name or password is wrong.</p>" : "")}
            <form method="post" action="/sign-in">
            <input type="hidden" name="form_token" value="{browsers.FormToken(context)}">
            <input type="hidden" name="return_url" value="{Encode(returnUrl)}">
            <label>User name <input name="username" autocomplete="username" value="{Encode(userName ?? "")}"></label>
            <label>Password <input name="password" type="password" autocomplete="current-password"></label>
            <button name="action" value="login">Sign in</button>
            <button name="action" value="cancel">Cancel</button>
            </form>
            """
        );

    public IResult Home(HttpContext context) =>
        Show(
            context,
            "Demo identity provider",
            $"<h1>Demo identity provider</h1>\n<p class=\"note\">For development only. {UserList()}</p>\n<p>Issuer: "
                + $"<code>{Encode(options.Issuer)}</code></p>\n<h2>Groups</h2>\n<p>With commas between them. Tokens say so from the next "
                + $"sign-in or refresh on.</p>\n{string.Concat(people.All.Select(user => GroupsForm(context, user)))}"
        );

    private string GroupsForm(HttpContext context, DevIdpUser user) =>
        $"""
            <form method="post" action="/groups">
            <input type="hidden" name="form_token" value="{browsers.FormToken(context)}">
            <input type="hidden" name="username" value="{Encode(user.UserName)}">
            <label>{Encode(user.UserName)} <input name="groups" value="{Encode(string.Join(", ", user.Groups))}"></label>
            <button>Change</button>
            </form>

            """;

    public static IResult Message(HttpContext context, string message, int status = StatusCodes.Status400BadRequest)
    {
        context.Response.StatusCode = status;
        return Show(context, "Demo identity provider", $"<h1>{Encode(message)}</h1>");
    }

    private string UserList() =>
        "Users: "
        + string.Join(
            ", ",
            options.Users.Select(user => $"<code>{Encode(user.UserName)}</code> with password <code>{Encode(user.Password)}</code>")
        )
        + ".";

    private static IResult Show(HttpContext context, string title, string body)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        return Results.Content(
            $"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><link rel=\"stylesheet\" "
                + $"href=\"/style.css\">\n<main>\n{body}\n</main></html>\n",
            "text/html; charset=utf-8",
            statusCode: context.Response.StatusCode
        );
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
