using McpOidc.Pages;
using McpOidc.Registration;

namespace McpOidc.Authorization;

/// <summary>The texts of the error page for a client whose request cannot be answered at its redirect URI, for the person and for the
/// client's developer.</summary>
internal static class UnusableClient
{
    /// <summary>The <c>client_id</c> is unknown.</summary>
    public static Html Unknown(PageTexts texts) =>
        Html.Of(
            $"""
            <p>{texts[PageText.ErrorClientUnknownAdvice]}</p>
            <p>{texts[PageText.ErrorClientUnknownWhere]}</p>
            {ForDeveloper(texts, texts[PageText.ErrorClientUnknownDeveloper])}
            """
        );

    /// <summary>The client is known, but did not register the <c>redirect_uri</c>. The page does not show that URI: anyone can link to the
    /// page, and could present any address in this server's name.</summary>
    public static Html WithRedirectUri(ClientRecord client, PageTexts texts)
    {
        var name = DisplayText.Clean(client.Metadata.ClientName, otherwise: texts[PageText.ConsentNameless]);
        return Html.Of(
            $"""
            <p>{texts.With(PageText.ConsentClient, ("client", Html.Of($"<bdi>{name}</bdi>")))}</p>
            <p>{texts[PageText.ErrorRedirectUriAdvice]}</p>
            {ForDeveloper(texts, texts[PageText.ErrorRedirectUriDeveloper])}
            """
        );
    }

    private static Html ForDeveloper(PageTexts texts, Html advice) =>
        Html.Of($"<details><summary>{texts[PageText.ErrorDeveloper]}</summary>\n<p>{advice}</p></details>");
}
