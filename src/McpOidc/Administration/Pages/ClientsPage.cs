using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>The known clients.</summary>
internal sealed class ClientsPage(ClientAdministration clients)
{
    private static readonly string[] s_heads = ["Client", "Kind", "Answers go to", "Since", "Action"];

    public async Task<IResult> RenderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        var page = await clients.ListAsync(
            query[AdminPage.SearchParameter],
            query[AdminPage.AfterParameter],
            AdminPage.Rows,
            cancellationToken
        );
        return AdminPage.Of(
            "Clients",
            EndpointPaths.AdminClients,
            Html.Of(
                $"""
                <h1>Clients</h1>
                {AdminPage.Search(http, EndpointPaths.AdminClients, "Name, id, or redirect URI")}{List(http, page)}{AdminPage.More(
                    http,
                    EndpointPaths.AdminClients,
                    page.Next
                )}<p>{AdminPage.Ask(http, "Remove registrations that nobody uses…", ConfirmPage.Reap)}</p>
                """
            )
        );
    }

    private static Html List(HttpContext http, ClientPage page) =>
        page.Clients.Count == 0
            ? AdminPage.Empty("Nothing was found here.")
            : AdminPage.Table("Clients", s_heads, page.Clients.Select(client => Row(http, client)));

    private static Html Row(HttpContext http, ClientInfo client) =>
        Html.Of(
            $"""
            <tr><td><a href="{AdminPage.UrlOf(
                http,
                EndpointPaths.AdminSessions,
                (AdminPage.ClientParameter, client.ClientId)
            )}"><bdi>{NameOf(client)}</bdi></a><br><code>{client.ClientId}</code></td>
            <td>{client.Kind}{(client.SharedSince is null ? "" : ", shared")}{(client.BlockedAt is null ? "" : ", blocked")}</td>
            <td>{(client.RedirectUris.Count == 0 ? Html.Empty : Html.Of($"<code>{DisplayText.Clean(client.RedirectUris[0])}</code>"))}{(
                client.RedirectUris.Count > 1 ? $" and {client.RedirectUris.Count - 1} more" : ""
            )}</td>
            <td>{(client.CreatedAt is { } since ? AdminPage.Time(since) : "")}</td>
            <td>{(
                client.CreatedAt is null || client.BlockedAt is not null
                    ? Html.Empty
                    : AdminPage.Ask(http, "Delete…", ConfirmPage.Client, client.ClientId, AdminPage.Hidden(NameOf(client)))
            )}</td></tr>
            """
        );

    private static string NameOf(ClientInfo client) => client.Name ?? DisplayText.Clean(client.ClientId);
}
