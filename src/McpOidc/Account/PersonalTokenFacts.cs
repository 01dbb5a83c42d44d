using McpOidc.Pages;
using McpOidc.Token;

namespace McpOidc.Account;

/// <summary>What the account page says of a personal access token beside what it says of every application.</summary>
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

    /// <summary>Where a person makes one.</summary>
    public static Html Link(string account, PageTexts texts) =>
        Html.Of($"<p><a class=\"button\" href=\"{account}/tokens\">{texts[PageText.TokenTitle]}</a></p>\n");
}
