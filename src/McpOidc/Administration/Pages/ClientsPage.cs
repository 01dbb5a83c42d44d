using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>The known clients.</summary>
internal sealed class ClientsPage(ClientAdministration clients)
{
    private static readonly string[] s_heads = ["Client", "Kind", "Redirect URI", "Since", "Action"];

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
                )}<p>{AdminPage.Ask(http, "Remove unused registrations…", ConfirmPage.Reap)}</p>
                """
            )
        );
    }

    private static Html List(HttpContext http, ClientPage page) =>
        page.Clients.Count == 0
            ? AdminPage.Empty("No clients found.")
            : AdminPage.Table("Clients", s_heads, page.Clients.Select(client => Row(http, client)));

    private static Html[] Row(HttpContext http, ClientInfo client) =>
        [
            Html.Of(
                $"""
                <a href="{AdminPage.UrlOf(
                    http,
                    EndpointPaths.AdminGrants,
                    (AdminPage.ClientParameter, client.ClientId)
                )}"><bdi>{NameOf(client)}</bdi></a><br>{AdminPage.Code(client.ClientId)}
                """
            ),
            client.Kind + (client.SharedSince is null ? "" : ", shared") + (client.BlockedAt is null ? "" : ", blocked"),
            client.RedirectUris.Count == 0
                ? Html.Empty
                : Html.Of(
                    $"{AdminPage.Code(DisplayText.Clean(client.RedirectUris[0]))}{(
                        client.RedirectUris.Count > 1 ? $" and {client.RedirectUris.Count - 1} more" : ""
                    )}"
                ),
            client.CreatedAt is { } since ? AdminPage.Time(since) : Html.Empty,
            client.Kind == ClientAdministration.Configured || client.BlockedAt is not null
                ? Html.Empty
                : AdminPage.Ask(http, "Delete…", ConfirmPage.Client, client.ClientId, AdminPage.Hidden(NameOf(client))),
        ];

    private static string NameOf(ClientInfo client) => client.Name ?? DisplayText.Clean(client.ClientId);
}
