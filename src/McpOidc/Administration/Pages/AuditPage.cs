using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>The recent audit events.</summary>
internal sealed class AuditPage(AuditTrail trail)
{
    private const int Events = 20;
    private static readonly string[] s_heads = ["When", "What", "Fields"];

    public async Task<IResult> RenderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        var skipped = AdminPage.Skipped(http);
        var all = await trail.ListAsync(query[AdminPage.SearchParameter], AuditTrail.MaximumEvents, cancellationToken);
        var shown = all.Skip(skipped).Take(Events).ToList();
        int? next = all.Count > skipped + Events ? skipped + Events : null;
        return AdminPage.Of(
            "Audit",
            EndpointPaths.AdminAudit,
            Html.Of(
                $"""
                <h1>Audit</h1>
                <p>The latest events of all processes, for one day at most. The log has all events.</p>
                {AdminPage.Search(http, EndpointPaths.AdminAudit, "Event, subject, client, address, or trace")}{List(shown)}{AdminPage.More(
                    http,
                    EndpointPaths.AdminAudit,
                    next
                )}
                """
            )
        );
    }

    private static Html List(List<AuditEvent> events) =>
        events.Count == 0 ? AdminPage.Empty("No events found.") : AdminPage.Table("Events", s_heads, events.Select(one => Row(one)));

    private static Html[] Row(AuditEvent one) =>
        [
            AdminPage.Time(one.At),
            one.Level == "Warning" ? Html.Of($"<span class=\"badge bad\">{one.Event}</span>") : one.Event,
            Html.Join(one.Fields.Select(field => Html.Of($"{field.Key} <code>{field.Value}</code>")), ", "),
        ];
}
