using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Account;

/// <summary>Lists the applications that may act for a user. All buttons are in one form, so that a long page stays small.</summary>
internal sealed record AccountPage(Visitor Visitor, IReadOnlyList<Installation> Installations, int? Next)
{
    /// <summary>The operator's descriptions of scopes.</summary>
    public required IEnumerable<ScopeOptions> Named { get; init; }

    /// <summary>The URL of the form.</summary>
    public required string Action { get; init; }

    public required string FormToken { get; init; }

    /// <summary>What was just done.</summary>
    public required PageText? Done { get; init; }

    /// <summary>Whether the person can create personal access tokens.</summary>
    public required bool OffersTokens { get; init; }

    public HtmlPage Render() => new(StatusCodes.Status200OK, PageText.AccountTitle, Body) { IsWide = true };

    private Html Body(PageTexts texts) =>
        Html.Of(
            $"""
            <h1>{texts[PageText.AccountTitle]}</h1>
            <p>{texts.With(PageText.SignedInAs, ("person", Html.Of($"<bdi>{Visitor.Name}</bdi>")))} {texts[
                PageText.AccountAdvice
            ]}</p>
            {(
                Done is { } done ? Html.Of($"<p class=\"good\" role=\"status\">{texts[done]}</p>\n") : Html.Empty
            )}<form method="post" action="{Action}">
            <input type="hidden" name="{PageForm.TokenField}" value="{FormToken}">
            {List(texts)}{More(texts)}{(OffersTokens ? PersonalTokenFacts.Link(Action, texts) : Html.Empty)}<h2>{texts[PageText.AccountBrowser]}</h2>
            <p>{texts[PageText.SignOutAdvice]}</p>
            <p><button name="{AccountEndpoint.EndField}" value="{AccountEndpoint.ThisBrowser}">{texts[PageText.AccountBrowser]}</button></p>
            <h2>{texts[PageText.AccountEverywhere]}</h2>
            <p>{texts[PageText.AccountEverywhereAdvice]}</p>
            <p><button class="danger" name="{AccountEndpoint.EndField}" value="{AccountEndpoint.Everywhere}">{texts[
                PageText.AccountEverywhere
            ]}</button></p>
            </form>
            """
        );

    private Html List(PageTexts texts) =>
        Installations.Count == 0
            ? Html.Of($"<p class=\"empty\">{texts[PageText.AccountEmpty]}</p>\n")
            : Html.Of($"<ul class=\"cards\">\n{Installations.Select(one => Card(one, texts))}\n</ul>\n");

    private Html More(PageTexts texts) =>
        Next is not { } next
            ? Html.Empty
            : Html.Of(
                $"<p class=\"pagination\"><a class=\"button\" "
                    + $"href=\"{Action}?{AccountEndpoint.AfterParameter}={next}\">{texts[PageText.AccountMore]}</a></p>\n"
            );

    private Html Card(Installation one, PageTexts texts) =>
        Html.Of(
            $"""
            <li><h2><bdi>{one.ClientName}</bdi></h2>
            <dl class="facts">
            {(one.Host is { } host ? Fact(texts[PageText.AccountHost], host) : Html.Empty)}{Fact(
                texts[PageText.AccountServer],
                one.Server
            )}{Fact(texts[PageText.AccountDevice], one.Origin?.Device ?? texts[PageText.AccountUnknown])}{Fact(
                texts[PageText.AccountConnected],
                texts.DateAndTime(one.Grant.CreatedAt)
            )}{Fact(texts[PageText.AccountAddress], one.Origin?.Address ?? texts[PageText.AccountUnknown])}{Fact(
                texts[PageText.AccountLastUsed],
                one.Grant.LastUsedAt is { } used ? texts.DateAndTime(used) : texts[PageText.AccountNotYet]
            )}{Fact(texts[PageText.AccountProvider], one.Provider)}{PersonalTokenFacts.Of(one.Grant, texts)}</dl>
            <h3>{texts[PageText.AccountAbilities]}</h3>
            <ul class="abilities">
            {one.Abilities.Select(scope => Ability(one, scope, texts))}</ul>
            <button class="small" name="{AccountEndpoint.EndField}" value="{one.Grant.Id}">{texts[
                PageText.AccountSignOut
            ]}<span class="hidden"> {one.ClientName}</span></button></li>
            """
        );

    private Html Ability(Installation one, string scope, PageTexts texts)
    {
        var words = ScopeInWords.Of(scope, one.Scopes, Named.FirstOrDefault(named => named.Name == scope), texts);
        return one.MayTakeBack(scope)
            ? Html.Of(
                $"""
                <li><span>{words}</span><button class="small" name="{AccountEndpoint.EndField}" value="{one.Grant.Id} {scope}">{texts[
                    PageText.AccountTakeBack
                ]}<span class="hidden"> {words} {one.ClientName}</span></button></li>

                """
            )
            : Html.Of($"<li><span>{words}</span></li>\n");
    }

    private static Html Fact(Html term, Html value) => Html.Of($"<dt>{term}</dt><dd>{value}</dd>\n");
}
