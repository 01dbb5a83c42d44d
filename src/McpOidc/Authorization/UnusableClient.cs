using McpOidc.Pages;
using McpOidc.Registration;

namespace McpOidc.Authorization;

/// <summary>What an error page says of a client whose request cannot be answered at its redirect URI: to the person, and to the client's
/// developer.</summary>
internal static class UnusableClient
{
    /// <summary>A longer one says no more to a developer.</summary>
    private const int MaximumShown = 200;

    /// <summary>The <c>client_id</c> is unknown.</summary>
    public static Html Unknown(PageTexts texts) =>
        Html.Of(
            $"""
            <p>{texts[PageText.ErrorClientUnknownAdvice]}</p>
            <p>{texts[PageText.ErrorClientUnknownWhere]}</p>
            {ForDeveloper(texts, texts[PageText.ErrorClientUnknownDeveloper])}
            """
        );

    /// <summary>The client is known, and did not register the <c>redirect_uri</c>.</summary>
    public static Html WithRedirectUri(ClientRecord client, string? redirectUri, PageTexts texts)
    {
        var name = DisplayText.Clean(client.Metadata.ClientName, otherwise: texts[PageText.ConsentNameless]);
        // Anyone can link to this page: no sentence of theirs is shown to people in this server's name.
        var received =
            redirectUri is { Length: > 0 and <= MaximumShown } && redirectUri.All(c => c is > ' ' and < (char)0x7f)
                ? texts.With(PageText.ErrorRedirectUriReceived, ("uri", Html.Of($"<code>{redirectUri}</code>")))
                : Html.Empty;
        return Html.Of(
            $"""
            <p>{texts.With(PageText.ConsentClient, ("client", Html.Of($"<bdi>{name}</bdi>")))}</p>
            <p>{texts[PageText.ErrorRedirectUriAdvice]}</p>
            {ForDeveloper(texts, Html.Of($"{texts[PageText.ErrorRedirectUriDeveloper]} {received}"))}
            """
        );
    }

    private static Html ForDeveloper(PageTexts texts, Html advice) =>
        Html.Of($"<details><summary>{texts[PageText.ErrorDeveloper]}</summary>\n<p>{advice}</p></details>");
}
