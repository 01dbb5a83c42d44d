using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Keys;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>Asks for confirmation before an action, and executes it. The only operators' page with a form that changes anything.</summary>
internal sealed class ConfirmPage(
    ClientAdministration clients,
    GrantAdministration grants,
    UserSessions users,
    SigningKeyAdministration keys,
    ErrorPage errors,
    Issuer issuer,
    AuditLog audit
)
{
    public const string ActionField = "action";
    public const string IdField = "id";
    public const string Grant = "grant";
    public const string User = "user";
    public const string ClientGrants = "client-grants";
    public const string Everybody = "everybody";
    public const string Client = "client";
    public const string Reap = "reap";
    public const string Rotate = "rotate";
    public const string Drop = "drop";

    private static readonly Dictionary<string, Question> s_questions = new(StringComparer.Ordinal)
    {
        [Grant] = new(
            "grant.revoke",
            "Sign out this client?",
            "Its access tokens and refresh tokens are refused everywhere within two seconds.",
            "Sign out",
            EndpointPaths.AdminGrants
        ),
        [User] = new(
            "grants.revoke",
            "Sign out this person?",
            "Every browser and every client of this person loses access within two seconds. The person can sign in again.",
            "Sign out",
            EndpointPaths.AdminGrants
        ),
        [ClientGrants] = new(
            "grants.revoke",
            "Sign everyone out of this client?",
            "Every installation loses access within two seconds. People can connect it again.",
            "Sign out",
            EndpointPaths.AdminGrants
        ),
        [Everybody] = new(
            "grants.revoke-all",
            "Sign everyone out?",
            "Every browser and every client loses access within two seconds. With many sign-ins this takes a while.",
            "Sign everyone out",
            EndpointPaths.AdminGrants,
            NeedsId: false
        ),
        [Client] = new(
            "client.delete",
            "Delete this client?",
            "Everyone is signed out of it. A client that a document describes comes back when someone connects it again.",
            "Delete",
            EndpointPaths.AdminClients
        ),
        [Reap] = new(
            "clients.reap",
            "Remove unused registrations?",
            "Registrations of the last hour stay.",
            "Remove",
            EndpointPaths.AdminClients,
            NeedsId: false
        ),
        [Rotate] = new(
            "keys.rotate",
            "Publish the next signing key?",
            "It starts to sign after McpOidc:Keys:PublishBefore. Nothing happens if a key is already waiting.",
            "Publish",
            EndpointPaths.AdminKeys,
            NeedsId: false
        ),
        [Drop] = new(
            "key.drop",
            "Drop this signing key?",
            "Use this for a key that may have leaked. Tokens that it signed are refused at once; clients refresh, people stay signed in.",
            "Drop",
            EndpointPaths.AdminKeys
        ),
    };

    public async Task<IResult> AskAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var (action, id) = (http.Request.Query[ActionField].ToString(), http.Request.Query[IdField].ToString());
        if (!s_questions.TryGetValue(action, out var question) || (question.NeedsId && id.Length == 0))
        {
            return Refuse();
        }

        var form = PageForm.Token(visitor.Browser, FormOf(visitor, action, id));
        var facts = id.Length == 0 ? Html.Empty : await DescribeAsync(action, id, cancellationToken);
        return AdminPage.Of(
            question.Text,
            question.Back,
            Html.Of(
                $"""
                <div class="card"><h1>{question.Text}</h1>
                {facts}<p>{question.Advice}</p>
                <form method="post" action="{AdminPage.UrlOf(http, EndpointPaths.AdminAct)}">
                <input type="hidden" name="{PageForm.TokenField}" value="{form}">
                <input type="hidden" name="{ActionField}" value="{action}">
                <input type="hidden" name="{IdField}" value="{id}">
                <div class="actions"><a class="button" href="{AdminPage.UrlOf(
                    http,
                    question.Back
                )}">Cancel</a><button class="danger primary">{question.Button}</button></div>
                </form></div>
                """
            )
        );
    }

    /// <summary>Whom and what the question is about, as an operator knows them.</summary>
    private async Task<Html> DescribeAsync(string action, string id, CancellationToken cancellationToken)
    {
        List<(string Term, Html Value)> facts = [];
        if (action == Grant && await grants.FindAsync(id, cancellationToken) is { } grant)
        {
            facts.AddRange(
                ("Person", Html.Of($"<bdi>{grant.Person ?? grant.Subject}</bdi>")),
                ("Client", Html.Of($"<bdi>{grant.ClientName}</bdi>")),
                ("Server", grant.Resource),
                ("Allowed", AdminPage.Time(grant.CreatedAt))
            );
        }
        else if (action == User && await users.RecallAsync(id, cancellationToken) is { } user)
        {
            facts.Add(("Person", Html.Of($"<bdi>{PersonName.Of(user)}</bdi>")));
        }
        else if (action is Client or ClientGrants && await clients.FindAsync(id, cancellationToken) is { Name: { } name })
        {
            facts.Add(("Client", Html.Of($"<bdi>{name}</bdi>")));
        }

        return AdminPage.Facts(facts.Append(("Id", AdminPage.Code(id))));
    }

    public async Task<IResult> ActAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        var (action, id) = (form[ActionField].ToString(), form[IdField].ToString());
        if (
            !s_questions.TryGetValue(action, out var question)
            || !PageForm.IsOurs(http.Request, form, issuer, visitor.Browser, FormOf(visitor, action, id))
        )
        {
            return Refuse();
        }

        var result = await DoAsync(action, id, cancellationToken);
        if (result is null)
        {
            return Refuse();
        }

        audit.OperatorActed(visitor.Subject, question.Action, question.NeedsId ? id : null);
        return AdminPage.Of(
            "Done",
            question.Back,
            Html.Of(
                $"""
                <h1>Done</h1>
                <p class="good" role="status">{result}</p>
                <p><a class="button" href="{AdminPage.UrlOf(http, question.Back)}">Back to the list</a></p>
                """
            )
        );
    }

    /// <returns>What was done, in words; <see langword="null"/> if its object does not exist.</returns>
    private async Task<string?> DoAsync(string action, string id, CancellationToken cancellationToken) =>
        action switch
        {
            Grant => await grants.RevokeAsync(id, cancellationToken) is { } wasLive ? Ended(wasLive ? 1 : 0) : null,
            User => Ended(await grants.RevokeManyAsync(id, clientId: null, cancellationToken)),
            ClientGrants => Ended(await grants.RevokeManyAsync(user: null, id, cancellationToken)),
            Everybody => Ended(await grants.RevokeAllAsync(cancellationToken)),
            Client => await clients.DeleteAsync(id, cancellationToken) ? "The client is deleted." : null,
            Reap => $"Registrations removed: {await clients.ReapAsync(cancellationToken)}.",
            Rotate when !keys.AreConfigured => $"Keys published now: {(await keys.RotateAsync(cancellationToken)).Count}.",
            Drop when !keys.AreConfigured => await keys.DropAsync(id, cancellationToken) is null ? null : "The key is dropped.",
            _ => null,
        };

    private static string Ended(long count) => count == 1 ? "1 sign-in ended." : $"{count} sign-ins ended.";

    private IResult Refuse() => errors.Show("admin_form_not_valid", PageText.ErrorPageOld, PageText.ErrorPageOldAdvice);

    // Bound to the question too: the answer to one question is not valid for another.
    private static string FormOf(Visitor visitor, string action, string id) => $"admin.{visitor.Subject}.{action}.{id}";

    private sealed record Question(string Action, string Text, string Advice, string Button, string Back, bool NeedsId = true);
}
