using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Consent;

/// <summary>
/// <c>/oauth/consent</c>: asks the user before anything is sent to the identity provider. All clients share one static client there, so
/// without this page any client could use the user's session at the provider (confused deputy).
/// </summary>
internal sealed class ConsentEndpoint(
    Interactions interactions,
    ConsentQuestion question,
    ConsentDecision decisions,
    StepAnswers answers,
    BrowserCookies cookies,
    ErrorPage errors,
    Issuer issuer,
    SignInTrail trail
)
{
    public const string DecisionField = "decision";
    public const string Allow = "allow";
    public const string Deny = "deny";
    public const string RememberField = "remember";
    public const string HandOffField = "hand_off";
    public const string OptionalField = "optional";
    public const string ScopeField = "scope-";
    public const string AnotherParameter = "another";
    public const string Yes = "yes";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var id = http.Request.Query[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (await interactions.FindAsync(id, InteractionStep.Consent, browser, cancellationToken) is not { Client: { } client } interaction)
        {
            return errors.StartAgain("consent_gone");
        }

        if (await answers.FindOverAsync(http, interaction, cancellationToken) is { } over)
        {
            return over;
        }

        var token = PageForm.Token(browser, id);
        if (http.Request.Query[AnotherParameter].ToString() is { Length: > 0 } asked && OpaqueToken.Matches($"{browser}.{id}", asked))
        {
            return await AskForAnotherAsync(http, interaction, cancellationToken);
        }

        return await question.ShowAsync(http, interaction, client, token, cancellationToken);
    }

    private async Task<IResult> AskForAnotherAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken)
    {
        trail.Note("consent.another_account");
        var step = await interactions.TakeAsync(shown, cancellationToken);
        return step.IsRepeated
            ? await answers.RepeatAsync(http, step, AnotherParameter, cancellationToken)
            : await answers.RememberAsync(
                http,
                step,
                AnotherParameter,
                await decisions.LeaveToAnotherAsync(step.Interaction, CancellationToken.None)
            );
    }

    public async Task<IResult> DecideAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!http.Request.HasFormContentType)
        {
            return errors.StartAgain("consent_no_form");
        }

        var form = await http.Request.ReadFormAsync(cancellationToken);
        var id = form[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (
            !PageForm.IsOurs(http.Request, form, issuer, browser, id)
            || form[DecisionField].ToString() is not (Allow or Deny)
            || await interactions.FindAsync(id, InteractionStep.Consent, browser, cancellationToken) is not { } shown
        )
        {
            return errors.StartAgain("consent_not_valid");
        }

        trail.Note(form[DecisionField] == Allow ? "consent.allowed" : "consent.denied");
        var decision =
            $"{form[DecisionField]} {form[RememberField]} {form[HandOffField]} {string.Join(' ', ConsentDecision.LeftOut(form))}";
        var step = await interactions.TakeAsync(shown, cancellationToken);
        // From here on it runs to completion, even if the browser disconnects, which will request the result again.
        return step.IsRepeated
            ? await answers.RepeatAsync(http, step, decision, cancellationToken)
            : await answers.RememberAsync(
                http,
                step,
                decision,
                await decisions.IsSamePersonAsync(http, shown, CancellationToken.None)
                    ? await decisions.TakeAsync(step.Interaction, form, CancellationToken.None)
                    : errors.StartAgain("consent_not_valid")
            );
    }
}
