using McpOidc.Authorization;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.Upstream;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Consent;

/// <summary>
/// Asks one question: may this client do this? The host that gets the answer is shown larger than the name, which anybody can choose.
/// </summary>
internal static class ConsentPage
{
    public static IResult Render(Interaction interaction, ClientRecord client, UserRecord? user, ResourceScopes scopes, string action, string id, string formToken)
    {
        var page = new HtmlContentBuilder();
        var name = DisplayText.Clean(client.Metadata.ClientName) is { Length: > 0 } given ? given : "An application without a name";
        page.AppendHtml("<h1>Allow access to ").Append(interaction.ResourceName).AppendHtml("?</h1>\n");
        page.AppendHtml("<p class=\"host\">").Append(ReturnsTo(interaction.Asked.RedirectUri)).AppendHtml("</p>\n");
        page.AppendHtml("<p>It calls itself “").Append(name).AppendHtml("” and wants to use <code>").Append(interaction.Asked.Resource).AppendHtml("</code> as you.</p>\n");
        AppendPublisher(page, client);
        AppendWarning(page, WarningOf(client, interaction.Asked.RedirectUri));
        AppendWarning(page, WarningOf(interaction.Asked.RedirectUri));
        AppendDetails(page, interaction, client, user, scopes);
        AppendForm(page, action, id, formToken);
        page.AppendHtml("<p class=\"quiet\">").Append(user is null
            ? "After you allow it, you sign in at your identity provider. The application does not see your password."
            : "It lasts until you sign out in the application, or do not use it for some weeks.").AppendHtml("</p>");
        return new HtmlPage(StatusCodes.Status200OK, "Allow access?", page);
    }

    private static void AppendDetails(HtmlContentBuilder page, Interaction interaction, ClientRecord client, UserRecord? user, ResourceScopes scopes)
    {
        page.AppendHtml("<dl>\n<dt>It will be able to</dt>\n");
        foreach (var scope in interaction.Asked.Scopes)
        {
            page.AppendHtml("<dd>").Append(scopes.Describe(scope)).AppendHtml("</dd>\n");
        }

        page.AppendHtml("<dt>The answer goes to</dt><dd><code>").Append(interaction.Asked.RedirectUri).AppendHtml("</code></dd>\n");
        page.AppendHtml(client.IsDescribedByDocument ? "<dt>First seen</dt><dd>" : "<dt>Registered</dt><dd>")
            .Append(client.CreatedAt.UtcDateTime.ToString("d MMMM yyyy", System.Globalization.CultureInfo.InvariantCulture))
            .AppendHtml(", client id <code>").Append(client.ClientId).AppendHtml("</code></dd>\n");
        if (user is not null)
        {
            page.AppendHtml("<dt>You are signed in as</dt><dd>").Append(NameOf(user)).AppendHtml("</dd>\n");
        }

        page.AppendHtml("</dl>\n");
    }

    private static void AppendForm(HtmlContentBuilder page, string action, string id, string formToken)
        => page.AppendHtml("<form method=\"post\" action=\"").Append(action).AppendHtml("\">\n")
            .AppendHtml($"<input type=\"hidden\" name=\"{ResumeInteraction.Parameter}\" value=\"").Append(id).AppendHtml("\">\n")
            .AppendHtml($"<input type=\"hidden\" name=\"{PageForm.TokenField}\" value=\"").Append(formToken).AppendHtml("\">\n")
            .AppendHtml($"<button class=\"primary\" name=\"{ConsentEndpoint.DecisionField}\" value=\"{ConsentEndpoint.Allow}\">Allow</button>\n")
            .AppendHtml($"<button name=\"{ConsentEndpoint.DecisionField}\" value=\"{ConsentEndpoint.Deny}\">Deny</button>\n")
            .AppendHtml("</form>\n");

    // Draft §6.4: the one thing about such a client that its maker cannot choose freely.
    private static void AppendPublisher(HtmlContentBuilder page, ClientRecord client)
    {
        if (client.IsDescribedByDocument)
        {
            page.AppendHtml("<p>Its description is published by <strong>").Append(HostOf(client)).AppendHtml("</strong>.</p>\n");
        }
    }

    private static void AppendWarning(HtmlContentBuilder page, string? warning)
    {
        if (warning is not null)
        {
            page.AppendHtml("<p class=\"warning\">").Append(warning).AppendHtml("</p>\n");
        }
    }

    private static string? WarningOf(ClientRecord client, string redirectUri)
    {
        if (!client.IsDescribedByDocument)
        {
            return null;
        }

        return client.Metadata.RedirectUris!.All(RedirectUriPolicy.IsLoopback)
            ? $"{HostOf(client)} describes this application, but cannot tell whether it is the one that asks now: anybody may use the description of an application that answers on your own computer."
            : Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.IdnHost != HostOf(client)
                ? $"The answer goes to {uri.IdnHost}, and not to {HostOf(client)}, which describes the application."
                : null;
    }

    private static string HostOf(ClientRecord client) => new Uri(client.ClientId).IdnHost;

    private static string? WarningOf(string redirectUri)
        => RedirectUriPolicy.IsLoopback(redirectUri)
            ? "The answer stays on this computer: any program on it can claim to be this application. Allow it only if you have just started to connect one yourself."
            : redirectUri.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
                ? null
                : "The answer is handed to whatever application on this device has claimed this kind of link. Allow it only if you have just started to connect one yourself.";

    private static string ReturnsTo(string redirectUri)
        => RedirectUriPolicy.IsLoopback(redirectUri) ? "An application on this computer"
            : Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps ? uri.IdnHost
            : $"An application that opens {redirectUri.Split(':')[0]}: links";

    private static string NameOf(UserRecord user)
        => DisplayText.Clean((user.Claims["email"] ?? user.Claims["preferred_username"] ?? user.Claims["name"])?.ToString() ?? user.UpstreamSubject);
}
