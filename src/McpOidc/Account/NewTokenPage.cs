using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Account;

/// <summary>Asks for the name, scopes and lifetime of a new personal access token.</summary>
internal sealed record NewTokenPage(Visitor Visitor, ResourceOptions Resource, TokenChoice Choice)
{
    /// <summary>Where the form goes.</summary>
    public required string Action { get; init; }

    public required string FormId { get; init; }

    public required string FormToken { get; init; }

    /// <summary>The scopes that the operator named.</summary>
    public required IEnumerable<ScopeOptions> Named { get; init; }

    /// <summary>The lifetimes to choose from, in days.</summary>
    public required IReadOnlyList<int> Days { get; init; }

    /// <summary>How many tokens a person may have.</summary>
    public required int Maximum { get; init; }

    /// <summary>Why the form is shown again.</summary>
    public required PageText? Problem { get; init; }

    public HtmlPage Render() => new(Problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, PageText.TokenTitle, Body);

    private Html Body(PageTexts texts) =>
        Html.Of(
            $"""
            <h1>{texts[PageText.TokenHeading]}</h1>
            <p>{texts[PageText.TokenAdvice]}</p>
            {(
                Problem is { } problem
                    ? Html.Of($"<p class=\"warning\" role=\"alert\">{texts.With(problem, ("count", $"{Maximum}"))}</p>\n")
                    : Html.Empty
            )}<form method="post" action="{Action}">
            <input type="hidden" name="{PageForm.TokenField}" value="{FormToken}">
            <input type="hidden" name="{NewTokenEndpoint.FormIdField}" value="{FormId}">
            <input type="hidden" name="{NewTokenEndpoint.ResourceField}" value="{Resource.Uri}">
            <div class="field"><label for="name">{texts[PageText.TokenName]}</label>
            <p class="quiet" id="name-hint">{texts[PageText.TokenNameHint]}</p>
            <input type="text" id="name" name="{NewTokenEndpoint.NameField}" maxlength="80" required autocomplete="off" aria-describedby="name-hint"></div>
            <div class="field"><label for="days">{texts[PageText.TokenEnds]}</label>
            <select id="days" name="{NewTokenEndpoint.DaysField}">{Days.Select(days => Option(days, texts))}</select></div>
            <h2>{texts.With(PageText.TokenAbilities, ("resource", Html.Of($"<bdi>{Name}</bdi>")))}</h2>
            {Abilities(texts)}<div class="actions">
            <button class="primary">{texts[PageText.TokenMake]}</button>
            </div>
            </form>
            <p class="pagination"><a class="button" href="{Parent}">{texts[PageText.TokenBack]}</a></p>
            """
        );

    private string Name => Resource.Name is { Length: > 0 } name ? name : Resource.Uri;

    private string Parent => Action[..Action.LastIndexOf('/')];

    private Html Option(int days, PageTexts texts)
    {
        var selected = days == Days[Math.Min(1, Days.Count - 1)] ? Html.Of($" selected") : Html.Empty;
        return Html.Of($"<option value=\"{days}\"{selected}>{texts.With(PageText.TokenDays, ("days", $"{days}"))}</option>");
    }

    private Html Abilities(PageTexts texts) =>
        Choice.Offered.Length == 0
            ? Html.Of($"<p>{texts[PageText.TokenNoScopes]}</p>\n")
            : Html.Of($"<ul class=\"abilities\">\n{Choice.Offered.Select((scope, index) => Ability(scope, index, texts))}</ul>\n");

    private Html Ability(string scope, int index, PageTexts texts)
    {
        var (named, field) = (Named.FirstOrDefault(one => one.Name == scope), $"{NewTokenEndpoint.ScopeField}{index}");
        return Html.Of(
            $"""
            <li class="optional"><input type="checkbox" id="{field}" name="{field}" value="{scope}"{(
                Choice.Scopes.Default.Contains(scope) ? Html.Of($" checked") : Html.Empty
            )}><label for="{field}">{ScopeInWords.Of(scope, Choice.Scopes, named, texts)}</label>{ScopeInWords.More(named)}</li>

            """
        );
    }
}

/// <summary>Asks which of several MCP servers a token is for.</summary>
internal sealed record ChooseServerPage(IEnumerable<ResourceOptions> Resources, string Action)
{
    public HtmlPage Render() => new(StatusCodes.Status200OK, PageText.TokenTitle, Body);

    private Html Body(PageTexts texts) =>
        Html.Of(
            $"""
            <h1>{texts[PageText.TokenHeading]}</h1>
            <p>{texts[PageText.TokenAdvice]}</p>
            <form action="{Action}">
            <div class="field"><label for="resource">{texts[PageText.AccountServer]}</label>
            <select id="resource" name="{NewTokenEndpoint.ResourceField}">{Resources.Select(resource =>
                Html.Of($"<option value=\"{resource.Uri}\">{(resource.Name is { Length: > 0 } name ? name : resource.Uri)}</option>")
            )}</select></div>
            <p><button class="primary">{texts[PageText.DeviceContinue]}</button></p>
            </form>
            """
        );
}

/// <summary>Shows a new token, once.</summary>
/// <param name="Token">The token; <see langword="null"/> if the form was sent before and the token was shown then.</param>
/// <param name="Name">The name that the person chose.</param>
/// <param name="Days">The lifetime in days.</param>
internal sealed record MadeTokenPage(string? Token, string Name, int Days)
{
    public HtmlPage Render() => new(StatusCodes.Status200OK, PageText.TokenTitle, Body);

    private Html Body(PageTexts texts) =>
        Token is null
            ? Html.Of(
                $"""
                <h1>{texts[PageText.TokenMadeBefore]}</h1>
                <p>{texts[PageText.TokenMadeBeforeAdvice]}</p>
                {Back(texts)}
                """
            )
            : Html.Of(
                $"""
                <h1>{texts.With(PageText.TokenMade, ("name", Html.Of($"<bdi>{Name}</bdi>")))}</h1>
                <p class="warning">{texts[PageText.TokenMadeAdvice]}</p>
                <div class="field"><label for="made">{texts[PageText.TokenValue]}</label>
                <textarea class="code" id="made" rows="3" readonly autocomplete="off" spellcheck="false" aria-describedby="made-hint">{Token}</textarea>
                <p class="quiet" id="made-hint">{texts.With(
                    PageText.TokenMadeUse,
                    ("header", Html.Of($"<code>Authorization: Bearer …</code>"))
                )}</p></div>
                <p>{texts.With(PageText.TokenMadeEnds, ("days", $"{Days}"))}</p>
                {Back(texts)}
                """
            );

    // Relative to /account/tokens, so that it works below any path base.
    private static Html Back(PageTexts texts) =>
        Html.Of($"""<p class="pagination"><a class="button" href="../account">{texts[PageText.TokenBack]}</a></p>""");
}
