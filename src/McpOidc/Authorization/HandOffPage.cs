using System.Text.RegularExpressions;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization;

/// <summary>
/// The answer for a client on another computer, to be copied. Whoever has it still needs the PKCE verifier, which only the client knows
/// that asked; so what the page warns of is somebody else's client, for whom the person was talked into signing in.
/// </summary>
internal static partial class HandOffPage
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
            {answer.AdviceIn(texts)}
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

    /// <summary>
    /// The command, as sh, PowerShell and cmd.exe alike read it: one word in double quotes, without what any of them gives a meaning to
    /// within these. -g, since [::1] is no pattern. A percent sign that begins no escape stands for itself, so that none is left
    /// before a name that cmd.exe knows.
    /// </summary>
    private static string Command(string address) => $"curl -g \"{Special().Replace(address, match => $"%{(int)match.Value[0]:X2}")}\"";

    [GeneratedRegex("""["$`\\!]|%(?![0-9A-Fa-f]{2})""")]
    private static partial Regex Special();
}
