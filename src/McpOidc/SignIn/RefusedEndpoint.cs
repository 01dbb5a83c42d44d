using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.SignIn;

/// <summary><c>/oauth/refused</c>: tells a user that sign-in is not allowed, with the account that the provider returned. The user may try
/// another account, or return to the application, which gets an error.</summary>
internal sealed class RefusedEndpoint(
    Interactions interactions,
    IdentityProviderSignIn signIn,
    BrowserCookies cookies,
    StepAnswers answers,
    ErrorPage errors,
    Issuer issuer
)
{
    public const string DecisionField = "decision";
    public const string Another = "another";
    public const string Back = "back";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var id = http.Request.Query[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (
            await interactions.FindAsync(id, InteractionStep.Refused, browser, cancellationToken) is not { Refused: { } person } interaction
        )
        {
            return errors.StartAgain("refusal_gone");
        }

        return await answers.FindOverAsync(http, interaction, cancellationToken)
            ?? errors.Show(
                Errors.AccessDenied,
                PageText.RefusedHeading,
                texts => Body(texts, person, Form(texts, http.Request.PathBase + EndpointPaths.Refused, id, browser, interaction)),
                StatusCodes.Status403Forbidden,
                uiLocales: interaction.UiLocales
            );
    }

    public async Task<IResult> DecideAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!http.Request.HasFormContentType)
        {
            return errors.StartAgain("refusal_no_form");
        }

        var form = await http.Request.ReadFormAsync(cancellationToken);
        var id = form[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        var decision = form[DecisionField].ToString();
        if (
            !PageForm.IsOurs(http.Request, form, issuer, browser, id)
            || decision is not (Another or Back)
            || await interactions.TakeAsync(id, InteractionStep.Refused, browser, cancellationToken) is not { } step
        )
        {
            return errors.StartAgain("refusal_not_valid");
        }

        return step.IsRepeated
            ? await answers.RepeatAsync(http, step, decision, cancellationToken)
            : await answers.RememberAsync(http, step, decision, await GoOnAsync(step.Interaction, decision, CancellationToken.None));
    }

    private Task<IResult> GoOnAsync(Interaction refused, string decision, CancellationToken cancellationToken)
    {
        var interaction = refused with { Refused = null };
        return decision == Back
            ? signIn.RefuseAsync(interaction, Errors.AccessDenied, "The user is not allowed to use this server.", cancellationToken)
            : signIn.BeginWithAnotherAsync(interaction, cancellationToken);
    }

    private static Html Body(PageTexts texts, RefusedPerson person, Html form) =>
        Html.Of(
            $"""
            <p>{texts.With(PageText.RefusedAccount, ("account", Html.Of($"<strong><bdi>{person.Name}</bdi></strong>")))}</p>
            <p>{(person.Untold is { } claim ? texts.With(PageText.RefusedUntold, ("claim", Html.Of($"<code>{claim}</code>")))
                : texts[PageText.RefusedAdvice])}</p>
            {form}
            """
        );

    private static Html Form(PageTexts texts, string action, string id, string browser, Interaction interaction)
    {
        var back = interaction.ReturnTo is null
            ? Html.Of($"<button name=\"{DecisionField}\" value=\"{Back}\">{texts[PageText.RefusedBack]}</button>\n")
            : Html.Empty;
        return Html.Of(
            $"""
            <form method="post" action="{action}">
            <input type="hidden" name="{ResumeInteraction.Parameter}" value="{id}">
            <input type="hidden" name="{PageForm.TokenField}" value="{PageForm.Token(browser, id)}">
            <div class="actions">
            {back}<button class="primary" name="{DecisionField}" value="{Another}">{texts[PageText.AnotherAccount]}</button>
            </div>
            </form>
            """
        );
    }
}

/// <summary>The user who may not sign in, as shown on the page.</summary>
/// <param name="Name">The user's name at the provider.</param>
/// <param name="Untold">The missing claim without which it cannot be decided.</param>
internal sealed record RefusedPerson(string Name, string? Untold);
