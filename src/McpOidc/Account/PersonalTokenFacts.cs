using McpOidc.Pages;
using McpOidc.Token;

namespace McpOidc.Account;

/// <summary>The facts that the account page adds for a personal access token.</summary>
internal static class PersonalTokenFacts
{
    public static Html Of(GrantRecord grant, PageTexts texts) =>
        grant.PersonalToken is { } token
            ? Html.Of(
                $"""
                <dt>{texts[PageText.TokenKind]}</dt><dd>{texts.With(PageText.TokenUntil, ("date", texts.Date(token.EndsAt)))}</dd>

                """
            )
            : Html.Empty;

    /// <summary>The link to create a token.</summary>
    public static Html Link(string account, PageTexts texts) =>
        Html.Of($"<p><a class=\"button\" href=\"{account}/tokens\">{texts[PageText.TokenTitle]}</a></p>\n");
}
