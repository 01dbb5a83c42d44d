using McpOidc.Pages;
using McpOidc.Registration;

namespace McpOidc.Authorization;

/// <summary>What an error page says of a client whose request cannot be answered at its redirect URI: to the person, and to the client's
/// developer.</summary>
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

    /// <summary>The client is known, and did not register the <c>redirect_uri</c>. That is not shown: anyone can link to this page, and
    /// would have their address on it in this server's name.</summary>
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
