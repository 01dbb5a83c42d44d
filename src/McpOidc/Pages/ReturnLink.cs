using McpOidc.Registration;

namespace McpOidc.Pages;

/// <summary>
/// The way back to a client whose address nobody vouches for: a link that names the host, and never a redirect, with which anybody who
/// registers could send people anywhere in this server's name (RFC 9700 §4.11.2).
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

    /// <summary>The host as a person reads it; the whole address where it has none.</summary>
    public static string HostOf(string address) =>
        RedirectUri.Read(address) is { Host: { Length: > 0 } host } ? host : address.Split('?')[0];
}
