using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.Token;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server.AspNetCore;

namespace McpOidc.Logout;

/// <summary>
/// <c>/session/end</c> (OpenID Connect RP-Initiated Logout): signs the browser out here. Grants of clients stay; they are ended by
/// revocation. Without an id_token that says who asks, the person is asked first, since anybody can link here.
/// </summary>
internal sealed class EndSessionEndpoint(BrowserSessions sessions, BrowserCookies cookies, ErrorPage errors, AuditLog audit)
{
    private const string TokenField = "logout_token";

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.GetOpenIddictServerResponse()?.Error is { } error)
        {
            return errors.Show(error, "The application sent a sign-out request that cannot be accepted", "You can close this page. You are still signed in here.");
        }

        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The end session endpoint was called without OpenIddict.");
        var hint = await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        var browser = cookies.EnsureBinding(http);
        // Without a hint the principal is there, but says nobody.
        if (hint.Principal?.FindFirst("sub") is null && !OpaqueToken.Matches(Seed(browser), (string?)request[TokenField]))
        {
            return Ask(http, browser);
        }

        var signedIn = await sessions.FindAsync(http, cancellationToken);
        await sessions.EndAsync(http, cancellationToken);
        if (signedIn is not null)
        {
            audit.SignedOut(signedIn.Subject);
        }

        return request.PostLogoutRedirectUri is { Length: > 0 }
            ? Results.SignOut(authenticationSchemes: [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme])
            : new HtmlPage(StatusCodes.Status200OK, "Signed out", new HtmlContentBuilder()
                .AppendHtml("<h1>You are signed out here</h1>\n<p>Applications that you connected stay connected. You can close this page.</p>"));
    }

    private static HtmlPage Ask(HttpContext http, string browser)
    {
        var page = new HtmlContentBuilder().AppendHtml("<h1>Sign out?</h1>\n<p>This browser will forget who you are. Applications that you connected stay connected.</p>\n");
        page.AppendHtml("<form method=\"post\" action=\"").Append(http.Request.PathBase + EndpointPaths.EndSession).AppendHtml("\">\n")
            .AppendHtml($"<input type=\"hidden\" name=\"{TokenField}\" value=\"").Append(OpaqueToken.Hash(Seed(browser))).AppendHtml("\">\n")
            .AppendHtml("<button class=\"primary\">Sign out</button>\n</form>");
        return new HtmlPage(StatusCodes.Status200OK, "Sign out?", page);
    }

    private static string Seed(string browserHash) => $"{browserHash}.logout";
}
