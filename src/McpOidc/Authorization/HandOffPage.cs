using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization;

/// <summary>
/// The answer for a client on another computer, to be copied. Whoever has it still needs the PKCE verifier, which only the client knows
/// that asked; so what the page warns of is somebody else's client, for whom the person was talked into signing in.
/// </summary>
internal static class HandOffPage
{
    public static HtmlPage Render(AnswerToClient answer, TimeSpan lifetime) =>
        new(
            StatusCodes.Status200OK,
            answer.Code is null ? PageText.OpenAppTitle : PageText.HandOffTitle,
            texts => answer.Code is { } code ? Answer(answer, code, lifetime, texts) : Refusal(answer, texts)
        );

    private static Html Answer(AnswerToClient answer, string code, TimeSpan lifetime, PageTexts texts) =>
        Html.Of(
            $"""
            <h1>{texts[PageText.HandOffTitle]}</h1>
            <p>{texts.With(
                PageText.HandOffAdvice,
                ("client", answer.NameIn(texts)),
                ("minutes", Html.Of($"{(int)Math.Ceiling(lifetime.TotalMinutes)}"))
            )}</p>
            <p class="warning">{texts[PageText.HandOffWarning]}</p>
            {Copy("address", 6, answer.Address, texts[PageText.HandOffAddress], texts[PageText.HandOffAddressHint])}
            {Copy("command", 6, Command(answer.Address), texts[PageText.HandOffCommand], texts[PageText.HandOffCommandHint])}
            {Copy("code", 2, code, texts[PageText.HandOffCode], texts[PageText.HandOffCodeHint])}
            <p class="quiet">{texts[PageText.HandOffAgain]}</p>
            """
        );

    private static Html Refusal(AnswerToClient answer, PageTexts texts) =>
        Html.Of(
            $"""
            <h1>{texts[PageText.OpenAppRefusedHeading]}</h1>
            <p>{texts.With(PageText.HandOffRefusedAdvice, ("client", answer.NameIn(texts)))}</p>
            """
        );

    private static Html Copy(string id, int rows, string text, string label, string hint) =>
        Html.Of(
            $"""
            <div class="field"><label for="{id}">{label}</label><p class="quiet" id="{id}-hint">{hint}</p>
            <textarea class="code" id="{id}" rows="{rows}" readonly spellcheck="false" aria-describedby="{id}-hint">{text}</textarea></div>
            """
        );

    // In single quotes nothing is special to a shell but the quote itself, which a redirect URI may contain; -g, since [::1] is no pattern.
    private static string Command(string address) => $"curl -g '{address.Replace("'", "%27", StringComparison.Ordinal)}'";
}
