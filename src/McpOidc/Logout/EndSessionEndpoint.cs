using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.Token;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
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
            return errors.Show(error, PageText.ErrorSignOut, PageText.ErrorSignOutAdvice);
        }

        var request =
            http.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The end session endpoint was called without OpenIddict.");
        var hint = await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        var browser = cookies.EnsureBinding(http);
        // Without a hint the principal is there, but says nobody.
        if (hint.Principal?.FindFirst("sub") is null && !OpaqueToken.Matches(Seed(browser), (string?)request[TokenField]))
        {
            return Ask(http, browser, request.UiLocales);
        }

        var signedIn = await sessions.FindAsync(http, cancellationToken);
        await sessions.EndAsync(http, cancellationToken);
        if (signedIn is not null)
        {
            audit.SignedOut(signedIn.Subject);
        }

        return request.PostLogoutRedirectUri is { Length: > 0 }
            ? Results.SignOut(authenticationSchemes: [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme])
            : new HtmlPage(
                StatusCodes.Status200OK,
                PageText.SignedOutTitle,
                texts =>
                    Html.Of(
                        $"""
                        <h1>{texts[PageText.SignedOutHeading]}</h1>
                        <p>{texts[PageText.SignedOutAdvice]}</p>
                        """
                    )
            )
            {
                UiLocales = request.UiLocales,
            };
    }

    private static HtmlPage Ask(HttpContext http, string browser, string? uiLocales)
    {
        string action = http.Request.PathBase + EndpointPaths.EndSession;
        return new HtmlPage(
            StatusCodes.Status200OK,
            PageText.SignOutTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[PageText.SignOutTitle]}</h1>
                    <p>{texts[PageText.SignOutAdvice]}</p>
                    <form method="post" action="{action}">
                    <input type="hidden" name="{TokenField}" value="{OpaqueToken.Hash(Seed(browser))}">
                    <div class="actions"><button class="primary">{texts[PageText.SignOutButton]}</button></div>
                    </form>
                    """
                )
        )
        {
            UiLocales = uiLocales,
        };
    }

    private static string Seed(string browserHash) => $"{browserHash}.logout";
}
