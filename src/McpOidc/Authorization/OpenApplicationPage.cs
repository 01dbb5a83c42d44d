using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization;

/// <summary>The last step before an application that is opened by a link with a private scheme: the user must click it.</summary>
internal static class OpenApplicationPage
{
    public static HtmlPage Render(AnswerToClient answer) =>
        new(
            StatusCodes.Status200OK,
            PageText.OpenAppTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[answer.Code is null ? PageText.OpenAppRefusedHeading : PageText.OpenAppHeading]}</h1>
                    {answer.AdviceIn(texts)}
                    <p>{texts.With(
                        answer.Code is null ? PageText.OpenAppRefusedAdvice : PageText.OpenAppAdvice,
                        ("client", answer.NameIn(texts))
                    )}</p>
                    <p class="warning">{texts.With(PageText.OpenAppWarning, ("scheme", answer.RedirectUri.Split(':')[0]))}</p>
                    <div class="actions"><a class="button primary" href="{answer.Address}">{texts[PageText.OpenAppButton]}</a></div>
                    <p class="quiet">{texts[PageText.OpenAppAfterwards]}</p>
                    """
                )
        );
}
