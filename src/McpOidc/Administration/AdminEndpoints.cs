using McpOidc.Administration.Pages;
using McpOidc.Configuration;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Administration;

/// <summary>Administration over HTTP: the API for programs, the AppHost dashboard's buttons, and the pages for users.</summary>
internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var api = endpoints
            .MapGroup(EndpointPaths.Admin)
            .As(new() { Caller = Caller.Program, IsConfidential = true })
            .AddEndpointFilter(endpoints.ServiceProvider.GetRequiredService<AdminFilter>());
        api.MapGet(EndpointPaths.AdminOpenApi, AdminApi.Describe);
        api.MapGet(EndpointPaths.AdminClients, AdminApi.ListClientsAsync);
        api.MapGet(EndpointPaths.AdminClient, AdminApi.FindClientAsync);
        api.MapDelete(EndpointPaths.AdminClient, AdminApi.DeleteClientAsync);
        api.MapPost(EndpointPaths.AdminReapClients, AdminApi.ReapClientsAsync);
        api.MapGet(EndpointPaths.AdminGrants, AdminApi.ListGrantsAsync);
        api.MapDelete(EndpointPaths.AdminGrants + "/{id}", AdminApi.RevokeGrantAsync);
        api.MapPost(EndpointPaths.AdminRevokeGrants, AdminApi.RevokeGrantsAsync);
        api.MapPost(EndpointPaths.AdminRevokeAllGrants, AdminApi.RevokeEverythingAsync);
        api.MapGet(EndpointPaths.AdminKeys, AdminApi.ListKeysAsync);
        api.MapPost(EndpointPaths.AdminRotateKeys, AdminApi.RotateKeysAsync);
        api.MapDelete(EndpointPaths.AdminKeys + "/{kid}", AdminApi.DropKeyAsync);
        api.MapGet(EndpointPaths.AdminAudit, AdminApi.ListAuditAsync);
        api.MapGet(EndpointPaths.AdminTimeline + "/{reference}", AdminApi.FindTimelineAsync);

        var page = new OwnEndpoint
        {
            Caller = Caller.Browser,
            IsConfidential = true,
            CutsOpener = true,
        };
        endpoints
            .MapGet(
                EndpointPaths.Admin,
                (HttpContext http, OperatorVisits visits, GrantsPage page, CancellationToken ct) =>
                    visits.ShowAsync(http, page.RenderAsync, ct)
            )
            .As(page);
        var pages = endpoints.MapGroup(EndpointPaths.AdminPages).As(page);
        pages.MapGet(
            EndpointPaths.AdminGrants,
            (HttpContext http, OperatorVisits visits, GrantsPage page, CancellationToken ct) => visits.ShowAsync(http, page.RenderAsync, ct)
        );
        pages.MapGet(
            EndpointPaths.AdminPerson,
            (HttpContext http, OperatorVisits visits, PersonPage page, CancellationToken ct) => visits.ShowAsync(http, page.RenderAsync, ct)
        );
        pages.MapGet(
            EndpointPaths.AdminClients,
            (HttpContext http, OperatorVisits visits, ClientsPage page, CancellationToken ct) =>
                visits.ShowAsync(http, page.RenderAsync, ct)
        );
        pages.MapGet(
            EndpointPaths.AdminKeys,
            (HttpContext http, OperatorVisits visits, KeysPage page, CancellationToken ct) => visits.ShowAsync(http, page.RenderAsync, ct)
        );
        pages.MapGet(
            EndpointPaths.AdminAudit,
            (HttpContext http, OperatorVisits visits, AuditPage page, CancellationToken ct) => visits.ShowAsync(http, page.RenderAsync, ct)
        );
        pages.MapGet(
            EndpointPaths.AdminTimeline,
            (HttpContext http, OperatorVisits visits, TimelinePage page, CancellationToken ct) =>
                visits.ShowAsync(http, page.RenderAsync, ct)
        );
        pages.MapGet(
            EndpointPaths.AdminAct,
            (HttpContext http, OperatorVisits visits, ConfirmPage page, CancellationToken ct) => visits.ShowAsync(http, page.AskAsync, ct)
        );
        pages.MapPost(
            EndpointPaths.AdminAct,
            (HttpContext http, OperatorVisits visits, ConfirmPage page, CancellationToken ct) => visits.ShowAsync(http, page.ActAsync, ct)
        );
    }
}
