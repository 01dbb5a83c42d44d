using System.Globalization;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>The grants of users and clients, the newest first.</summary>
internal sealed class GrantsPage(NewestGrants grants)
{
    private static readonly string[] s_heads = ["Person", "Client", "From", "Allowed", "Last used", "Action"];

    public async Task<IResult> RenderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        var client = query[AdminPage.ClientParameter].ToString();
        var page = await grants.ListAsync(
            user: null,
            client,
            query[AdminPage.SearchParameter],
            AdminPage.Skipped(http),
            AdminPage.Rows,
            cancellationToken
        );
        return AdminPage.Of(
            "Sign-ins",
            EndpointPaths.AdminGrants,
            Html.Of(
                $"""
                <h1>Sign-ins</h1>
                {AdminPage.Search(http, EndpointPaths.AdminGrants, "Person, client, or id of a sign-in")}{Filter(
                    http,
                    client
                )}{List(http, page)}{AdminPage.More(http, EndpointPaths.AdminGrants, page.Next)}<p>{AdminPage.Ask(
                    http,
                    "Sign everyone out…",
                    ConfirmPage.Everybody
                )}</p>
                """
            )
        );
    }

    private static Html Filter(HttpContext http, string client) =>
        client.Length == 0
            ? Html.Empty
            : Html.Of(
                $"<p>Only the client {AdminPage.Code(client)}. "
                    + $"{AdminPage.Ask(http, "Sign this client out…", ConfirmPage.ClientGrants, client)} "
                    + $"<a href=\"{AdminPage.UrlOf(http, EndpointPaths.AdminGrants)}\">Show all</a></p>\n"
            );

    /// <summary>The list, and where it ends although the store has more.</summary>
    public static Html List(HttpContext http, NewestGrantsPage page)
    {
        var list =
            page.Grants.Count == 0
                ? AdminPage.Empty("No sign-ins found.")
                : AdminPage.Table("Sign-ins", s_heads, page.Grants.Select(grant => Row(http, grant)));
        var limit = NewestGrants.Maximum.ToString("N0", CultureInfo.InvariantCulture);
        return page.IsAll
            ? list
            : Html.Of($"{list}<p class=\"note\">The store has more than {limit} sign-ins. Only {limit} of them were looked at.</p>\n");
    }

    private static Html[] Row(HttpContext http, GrantInfo grant) =>
        [
            Html.Of($"{AdminPage.Person(http, grant.Subject, grant.Person)}<br>{grant.Provider}"),
            Html.Of(
                $"""
                <a href="{AdminPage.UrlOf(
                    http,
                    EndpointPaths.AdminGrants,
                    (AdminPage.ClientParameter, grant.ClientId)
                )}"><bdi>{grant.ClientName}</bdi></a>{(grant.Host is { } host ? Html.Of($"<br>{host}") : Html.Empty)}
                """
            ),
            Html.Of($"{grant.Device ?? ""}<br>{grant.Address ?? ""}"),
            AdminPage.Time(grant.CreatedAt),
            Html.Of(
                $"{(grant.LastUsedAt is { } used ? AdminPage.Time(used) : "not yet")}{(
                    grant.Refreshes > 0 ? Html.Of($"<br>refreshed {grant.Refreshes}×") : Html.Empty
                )}"
            ),
            grant.EndedAt is null
                ? AdminPage.Ask(http, "Sign out…", ConfirmPage.Grant, grant.Id, AdminPage.Hidden(grant.ClientName))
                : Html.Of($"<span class=\"badge\">ended</span>"),
        ];
}
