using System.Text.RegularExpressions;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization;

/// <summary>
/// Shows the response for a client on another computer, to be copied. It is useless without the PKCE verifier, which only the requesting
/// client has. So the page warns of another person's client, for which the user was tricked into signing in.
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
    /// The command, valid in sh, PowerShell and cmd.exe: one word in double quotes, without characters that are special there. -g, because
    /// [::1] is not a pattern. A percent sign that starts no escape is kept, so that none precedes a name that cmd.exe would expand.
    /// </summary>
    private static string Command(string address) => $"curl -g \"{Special().Replace(address, match => $"%{(int)match.Value[0]:X2}")}\"";

    [GeneratedRegex("""["$`\\!]|%(?![0-9A-Fa-f]{2})""")]
    private static partial Regex Special();
}
