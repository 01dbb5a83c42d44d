using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>Asks for the user code, or for confirmation of the code in a link.</summary>
internal sealed record DeviceCodePage(string? Code, PageText? Problem)
{
    /// <summary>Where the form goes.</summary>
    public required string Action { get; init; }

    public required string FormToken { get; init; }

    public HtmlPage Render() =>
        new(Problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, PageText.DeviceTitle, Body);

    private Html Body(PageTexts texts) =>
        Html.Of(
            $"""
            <h1>{texts[Code is null ? PageText.DeviceTitle : PageText.DeviceSame]}</h1>
            {(
                Problem is { } problem ? Html.Of($"<p class=\"warning\" role=\"alert\">{texts[problem]}</p>\n") : Html.Empty
            )}<form method="post" action="{Action}">
            <input type="hidden" name="{PageForm.TokenField}" value="{FormToken}">
            {(Code is null ? Typed(texts) : Shown(Code))}<p class="warning">{texts[PageText.DeviceWarning]}</p>
            <p><button class="primary">{texts[PageText.DeviceContinue]}</button></p>
            </form>
            """
        );

    private static Html Typed(PageTexts texts) =>
        Html.Of(
            $"""
            <div class="field"><label for="code">{texts[PageText.DeviceCode]}</label>
            <p class="quiet" id="code-hint">{texts[PageText.DeviceAdvice]}</p>
            <input type="text" class="code" id="code" name="{DeviceEndpoint.CodeField}" maxlength="20" required autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="code-hint"></div>

            """
        );

    private static Html Shown(string code) =>
        Html.Of(
            $"""
            <p class="host"><code>{code}</code></p>
            <input type="hidden" name="{DeviceEndpoint.CodeField}" value="{code}">

            """
        );
}
