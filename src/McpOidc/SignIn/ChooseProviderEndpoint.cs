using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Pages;
using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary><c>/oauth/choose</c>: lets the user choose if several identity providers are configured and the request does not determine
/// one.</summary>
internal sealed class ChooseProviderEndpoint(
    IdentityProviders providers,
    Interactions interactions,
    IdentityProviderSignIn signIn,
    BrowserCookies cookies,
    StepAnswers answers,
    ErrorPage errors,
    Issuer issuer
)
{
    public const string ProviderField = "provider";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var id = http.Request.Query[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        return await interactions.FindAsync(id, InteractionStep.Choose, browser, cancellationToken) is { } interaction
            ? await answers.FindOverAsync(http, interaction, cancellationToken)
                ?? Render(interaction, http.Request.PathBase + EndpointPaths.Choose, id, PageForm.Token(browser, id))
            : errors.StartAgain("choice_gone");
    }

    public async Task<IResult> ChooseAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!http.Request.HasFormContentType)
        {
            return errors.StartAgain("choice_no_form");
        }

        var form = await http.Request.ReadFormAsync(cancellationToken);
        var id = form[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (
            !PageForm.IsOurs(http.Request, form, issuer, browser, id)
            || form[ProviderField] is not [{ } name]
            || providers.Find(name) is not { } provider
            || await interactions.TakeAsync(id, InteractionStep.Choose, browser, cancellationToken) is not { } step
        )
        {
            return errors.StartAgain("choice_not_valid");
        }

        return step.IsRepeated
            ? await answers.RepeatAsync(http, step, provider.Name, cancellationToken)
            : await answers.RememberAsync(
                http,
                step,
                provider.Name,
                await signIn.BeginAsync(step.Interaction with { ProviderName = provider.Name }, CancellationToken.None)
            );
    }

    private HtmlPage Render(Interaction interaction, string action, string id, string token) =>
        new(
            StatusCodes.Status200OK,
            PageText.ChooseTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[PageText.ChooseTitle]}</h1>
                    <p>{texts[PageText.ChooseAdvice]}</p>
                    <form method="post" action="{action}" class="choices">
                    <input type="hidden" name="{ResumeInteraction.Parameter}" value="{id}">
                    <input type="hidden" name="{PageForm.TokenField}" value="{token}">
                    {providers.All.Select(Button)}
                    </form>
                    """
                )
        )
        {
            UiLocales = interaction.UiLocales,
        };

    private static Html Button(ConfiguredProvider provider) =>
        Html.Of(
            $"""
            <button name="{ProviderField}" value="{provider.Name}"><span class="initial" aria-hidden="true">{DisplayText.Initial(
                provider.DisplayName
            )}</span>{provider.DisplayName}</button>
            """
        );
}
