using McpOidc.Registration;

namespace McpOidc.Pages;

/// <summary>
/// The link back to a client with an unverified address: it names the host, and is never a redirect, with which any client that registers
/// could send users anywhere in this server's name (RFC 9700 §4.11.2).
/// </summary>
internal static class ReturnLink
{
    public static Html To(string address, PageTexts texts) =>
        Html.Of(
            $"<div class=\"actions\"><a class=\"button primary\" href=\"{address}\">{texts.With(
                PageText.ReturnButton,
                ("host", Html.Of($"<bdi>{HostOf(address)}</bdi>"))
            )}</a></div>"
        );

    /// <summary>The host for display; the whole address if it has none.</summary>
    public static string HostOf(string address) =>
        RedirectUri.Read(address) is { Host: { Length: > 0 } host } ? host : address.Split('?')[0];
}
