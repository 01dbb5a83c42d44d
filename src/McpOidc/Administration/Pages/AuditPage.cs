using System.Globalization;
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
        var skipped = int.TryParse(query[AdminPage.AfterParameter], NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? after
            : 0;
        var all = await trail.ListAsync(query[AdminPage.SearchParameter], AuditTrail.MaximumEvents, cancellationToken);
        var shown = all.Skip(skipped).Take(Events).ToList();
        var next = all.Count > skipped + Events ? (skipped + Events).ToString(CultureInfo.InvariantCulture) : null;
        return AdminPage.Of(
            "Audit",
            EndpointPaths.AdminAudit,
            Html.Of(
                $"""
                <h1>Audit</h1>
                <p>The latest events of all processes, of a day at most. The log has everything.</p>
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
        events.Count == 0 ? AdminPage.Empty("Nothing was found here.") : AdminPage.Table("Events", s_heads, events.Select(one => Row(one)));

    private static Html Row(AuditEvent one) =>
        Html.Of(
            $"""
            <tr><td>{AdminPage.Time(one.At)}</td><td>{(
                one.Level == "Warning" ? Html.Of($"<span class=\"badge bad\">{one.Event}</span>") : one.Event
            )}</td>
            <td>{Html.Join(one.Fields.Select(field => Html.Of($"{field.Key} <code>{field.Value}</code>")), ", ")}</td></tr>
            """
        );
}
