using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Pages;

namespace McpOidc.Consent;

/// <summary>Describes scopes for users.</summary>
internal static class ScopeInWords
{
    private const int MaximumNamed = 8;

    /// <summary>The operator's description, otherwise the tools that need it.</summary>
    public static Html Of(string scope, ResourceScopes scopes, ScopeOptions? named, PageTexts texts) =>
        named?.Title is { Length: > 0 } words ? Html.Of($"{words}") : Of(scope, scopes, texts);

    /// <summary>The operator's additional sentence.</summary>
    public static Html More(ScopeOptions? named) =>
        named?.Description is { Length: > 0 } more ? Html.Of($"<p class=\"quiet\">{more}</p>") : Html.Empty;

    private static Html Of(string scope, ResourceScopes scopes, PageTexts texts) =>
        scope switch
        {
            "openid" => texts[PageText.ScopeOpenId],
            "email" => texts[PageText.ScopeEmail],
            "profile" => texts[PageText.ScopeProfile],
            "offline_access" => texts[PageText.ScopeOfflineAccess],
            _ when scopes.Tools.TryGetValue(scope, out var tools) => texts.With(
                PageText.ScopeTools,
                ("tools", Name(tools, texts)),
                ("scope", scope)
            ),
            _ => texts.With(PageText.ScopeOther, ("scope", scope)),
        };

    private static Html Name(string[] tools, PageTexts texts)
    {
        var named = Html.Join(
            tools.Take(MaximumNamed).Select(tool => texts.With(PageText.Quoted, ("text", tool))),
            texts[PageText.ListSeparator]
        );
        return tools.Length <= MaximumNamed
            ? named
            : texts.With(PageText.ScopeMoreTools, ("tools", named), ("count", Html.Of($"{tools.Length - MaximumNamed}")));
    }
}
