using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Keys;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>Asks for confirmation before an action, and executes it. The only operators' page with a form that changes anything.</summary>
internal sealed class ConfirmPage(
    ClientAdministration clients,
    GrantAdministration sessions,
    SigningKeyAdministration keys,
    ErrorPage errors,
    Issuer issuer,
    AuditLog audit
)
{
    public const string ActionField = "action";
    public const string IdField = "id";
    public const string Session = "session";
    public const string User = "user";
    public const string ClientSessions = "client-sessions";
    public const string Everybody = "everybody";
    public const string Client = "client";
    public const string Reap = "reap";
    public const string Rotate = "rotate";
    public const string Drop = "drop";

    private static readonly Dictionary<string, Question> s_questions = new(StringComparer.Ordinal)
    {
        [Session] = new(
            "session.revoke",
            "Sign out this client?",
            "Its access tokens and refresh tokens are refused everywhere within two seconds.",
            "Sign out",
            EndpointPaths.AdminSessions
        ),
        [User] = new(
            "sessions.revoke",
            "Sign out this person?",
            "Every browser and every client of this person loses access within two seconds. The person may sign in again.",
            "Sign out",
            EndpointPaths.AdminSessions
        ),
        [ClientSessions] = new(
            "sessions.revoke",
            "Sign out everybody with this client?",
            "Every installation loses access within two seconds. People may connect it again.",
            "Sign out",
            EndpointPaths.AdminSessions
        ),
        [Everybody] = new(
            "sessions.revoke-all",
            "Sign everybody out?",
            "Every browser and every client of everybody loses access within two seconds. This takes a while where there are many.",
            "Sign everybody out",
            EndpointPaths.AdminSessions,
            NeedsId: false
        ),
        [Client] = new(
            "client.delete",
            "Delete this client?",
            "It is forgotten, and everybody is signed out with it. One that a document describes is known again when somebody connects it.",
            "Delete",
            EndpointPaths.AdminClients
        ),
        [Reap] = new(
            "clients.reap",
            "Remove registrations that nobody uses?",
            "Those of the last hour stay.",
            "Remove",
            EndpointPaths.AdminClients,
            NeedsId: false
        ),
        [Rotate] = new(
            "keys.rotate",
            "Publish the next signing key?",
            "It signs after McpOidc:Keys:PublishBefore. Nothing happens while one is waiting already.",
            "Publish",
            EndpointPaths.AdminKeys,
            NeedsId: false
        ),
        [Drop] = new(
            "key.drop",
            "Drop this signing key?",
            "What it signed is refused at once: clients refresh, and nobody has to sign in again. For a key that somebody else may have.",
            "Drop",
            EndpointPaths.AdminKeys
        ),
    };

    public Task<IResult> AskAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var (action, id) = (http.Request.Query[ActionField].ToString(), http.Request.Query[IdField].ToString());
        return Task.FromResult(
            s_questions.TryGetValue(action, out var question) && (id.Length > 0 || !question.NeedsId)
                ? AdminPage.Of(
                    question.Text,
                    question.Back,
                    Html.Of(
                        $"""
                        <div class="card"><h1>{question.Text}</h1>
                        {(id.Length == 0 ? Html.Empty : Html.Of($"<p><code>{id}</code></p>\n"))}<p>{question.Advice}</p>
                        <form method="post" action="{AdminPage.UrlOf(http, EndpointPaths.AdminAct)}">
                        <input type="hidden" name="{PageForm.TokenField}" value="{PageForm.Token(
                            visitor.Browser,
                            FormOf(visitor, action, id)
                        )}">
                        <input type="hidden" name="{ActionField}" value="{action}">
                        <input type="hidden" name="{IdField}" value="{id}">
                        <div class="actions"><a class="button" href="{AdminPage.UrlOf(
                            http,
                            question.Back
                        )}">Cancel</a><button class="danger primary">{question.Button}</button></div>
                        </form></div>
                        """
                    )
                )
                : Refuse()
        );
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
            Session => await sessions.RevokeAsync(id, cancellationToken) is { } wasLive ? Ended(wasLive ? 1 : 0) : null,
            User => Ended(await sessions.RevokeManyAsync(id, clientId: null, cancellationToken)),
            ClientSessions => Ended(await sessions.RevokeManyAsync(user: null, id, cancellationToken)),
            Everybody => Ended(await sessions.RevokeAllAsync(cancellationToken)),
            Client => await clients.DeleteAsync(id, cancellationToken) ? "The client is deleted." : null,
            Reap => $"{await clients.ReapAsync(cancellationToken)} registrations removed.",
            Rotate when !keys.AreConfigured => $"Keys published now: {(await keys.RotateAsync(cancellationToken)).Count}.",
            Drop when !keys.AreConfigured => await keys.DropAsync(id, cancellationToken) is null ? null : "The key is dropped.",
            _ => null,
        };

    private static string Ended(long count) => $"{count} sign-ins of clients ended.";

    private IResult Refuse() => errors.Show("admin_form_not_valid", PageText.ErrorPageOld, PageText.ErrorPageOldAdvice);

    // Bound to the question too: the answer to one question is not valid for another.
    private static string FormOf(Visitor visitor, string action, string id) => $"admin.{visitor.Subject}.{action}.{id}";

    private sealed record Question(string Action, string Text, string Advice, string Button, string Back, bool NeedsId = true);
}
