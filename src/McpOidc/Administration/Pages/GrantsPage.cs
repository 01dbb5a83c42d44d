using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>The grants of users and clients.</summary>
internal sealed class GrantsPage(GrantAdministration sessions)
{
    private static readonly string[] s_heads = ["Person", "Client", "From", "Allowed", "Last used", "Action"];

    public async Task<IResult> RenderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        var (user, client) = (query[AdminPage.UserParameter].ToString(), query[AdminPage.ClientParameter].ToString());
        var page = await sessions.ListAsync(
            user,
            client,
            query[AdminPage.SearchParameter],
            query[AdminPage.AfterParameter],
            AdminPage.Rows,
            cancellationToken
        );
        return AdminPage.Of(
            "Sign-ins",
            EndpointPaths.AdminSessions,
            Html.Of(
                $"""
                <h1>Sign-ins</h1>
                {AdminPage.Search(http, EndpointPaths.AdminSessions, "Person, client, or id of a sign-in")}{Filter(
                    http,
                    user,
                    client
                )}{List(http, page)}{AdminPage.More(http, EndpointPaths.AdminSessions, page.Next)}<p>{AdminPage.Ask(
                    http,
                    "Sign everybody out…",
                    ConfirmPage.Everybody
                )}</p>
                """
            )
        );
    }

    private static Html Filter(HttpContext http, string user, string client)
    {
        var all = AdminPage.UrlOf(http, EndpointPaths.AdminSessions);
        var ofUser =
            user.Length == 0
                ? Html.Empty
                : Html.Of(
                    $"<p>Only of the person <code>{user}</code>. {AdminPage.Ask(http, "Sign this person out…", ConfirmPage.User, user)} "
                        + $"<a href=\"{all}\">Show all</a></p>\n"
                );
        return client.Length == 0
            ? ofUser
            : Html.Of(
                $"{ofUser}<p>Only of the client <code>{client}</code>. "
                    + $"{AdminPage.Ask(http, "Sign this client out…", ConfirmPage.ClientSessions, client)} <a href=\"{all}\">Show "
                    + $"all</a></p>\n"
            );
    }

    private static Html List(HttpContext http, GrantInfoPage page) =>
        page.Grants.Count == 0
            ? AdminPage.Empty("Nothing was found here.")
            : AdminPage.Table("Sign-ins", s_heads, page.Grants.Select(session => Row(http, session)));

    private static Html Row(HttpContext http, GrantInfo session) =>
        Html.Of(
            $"""
            <tr><td><a href="{AdminPage.UrlOf(
                http,
                EndpointPaths.AdminSessions,
                (AdminPage.UserParameter, session.Subject)
            )}"><bdi>{session.Person ?? session.Subject}</bdi></a><br>{session.Provider}</td>
            <td><a href="{AdminPage.UrlOf(
                http,
                EndpointPaths.AdminSessions,
                (AdminPage.ClientParameter, session.ClientId)
            )}"><bdi>{session.ClientName}</bdi></a><br>{session.Host ?? ""}</td>
            <td>{session.Device ?? ""}<br>{session.Address ?? ""}</td>
            <td>{AdminPage.Time(session.CreatedAt)}</td>
            <td>{(session.LastUsedAt is { } used ? AdminPage.Time(used) : "not yet")}{(
                session.Refreshes > 0 ? Html.Of($"<br>refreshed {session.Refreshes}×") : Html.Empty
            )}</td>
            <td>{(
                session.EndedAt is null
                    ? AdminPage.Ask(http, "Sign out…", ConfirmPage.Session, session.Id, AdminPage.Hidden(session.ClientName))
                    : Html.Of($"<span class=\"badge\">ended</span>")
            )}</td></tr>
            """
        );
}
