using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Logout;

/// <summary>
/// <c>/session/end</c> (OpenID Connect RP-Initiated Logout): signs the browser out here. Grants of clients continue; revocation ends them.
/// The user is asked first unless an id_token identifies this browser's user, because anyone can link here, even with an id_token of their
/// own.
/// </summary>
internal sealed class EndSessionEndpoint(
    BrowserSessions sessions,
    BrowserCookies cookies,
    StaticClients configured,
    ErrorPage errors,
    Issuer issuer,
    AuditLog audit
)
{
    private const string FormId = "logout";

    // Parameters kept while asking, so that the user still returns to the client.
    private static readonly string[] s_kept =
    [
        Parameters.IdTokenHint,
        Parameters.ClientId,
        Parameters.PostLogoutRedirectUri,
        Parameters.State,
        Parameters.UiLocales,
    ];

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
        var signedIn = await sessions.FindAsync(http, cancellationToken);
        var isMeant = signedIn is not null && hint.Principal?.FindFirst(Claims.Subject)?.Value == signedIn.Subject;
        var hasPressed = await HasPressedAsync(http.Request, browser, cancellationToken);
        // Loaded again, or the session has expired: there is nothing to ask about. A request without our cookies, as from a frame or
        // another site's form, does not show who is signed in.
        var isOver = signedIn is null && hint.Principal is not null && cookies.ReadBinding(http).Length > 0;
        if (!isMeant && !hasPressed && !isOver)
        {
            return Ask(http, browser, request);
        }

        await sessions.EndAsync(http, cancellationToken);
        if (signedIn is not null)
        {
            audit.SignedOut(signedIn.Subject);
        }

        return AddressOf(request) is { } address && MayRedirect(address, request, hasPressed) ? new SeeOther(address) : SignedOut(request);
    }

    // The button shows where it leads. Otherwise only the operator vouches for a client, because every other client with an address here
    // registered itself or has a metadata document: the user goes there by a click (RFC 9700 §4.11.2). The device decides which
    // application opens a private scheme: always a click.
    private bool MayRedirect(string address, OpenIddictRequest request, bool hasPressed) =>
        RedirectUri.Read(address)?.Kind != RedirectUriKind.PrivateScheme
        && (hasPressed || (request.ClientId is { } clientId && configured.Find(clientId) is not null));

    private async ValueTask<bool> HasPressedAsync(HttpRequest request, string browser, CancellationToken cancellationToken) =>
        request.HasFormContentType && PageForm.IsOurs(request, await request.ReadFormAsync(cancellationToken), issuer, browser, FormId);

    private static HtmlPage SignedOut(OpenIddictRequest request) =>
        new(
            StatusCodes.Status200OK,
            PageText.SignedOutTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[PageText.SignedOutHeading]}</h1>
                    <p>{texts[PageText.SignedOutAdvice]}</p>
                    {(AddressOf(request) is { } address ? ReturnLink.To(address, texts) : Html.Empty)}
                    """
                )
        )
        {
            UiLocales = request.UiLocales,
        };

    private static string? AddressOf(OpenIddictRequest request) =>
        request.PostLogoutRedirectUri is not { Length: > 0 } address ? null
        : request.State is { Length: > 0 } state ? QueryHelpers.AddQueryString(address, Parameters.State, state)
        : address;

    private static HtmlPage Ask(HttpContext http, string browser, OpenIddictRequest request)
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
                    {(request.PostLogoutRedirectUri is { Length: > 0 } address ? Leads(address, texts) : Html.Empty)}
                    <form method="post" action="{action}">
                    <input type="hidden" name="{PageForm.TokenField}" value="{PageForm.Token(browser, FormId)}">
                    {s_kept.Select(name => Hidden(name, (string?)request[name]))}
                    <div class="actions"><button class="primary">{texts[PageText.SignOutButton]}</button></div>
                    </form>
                    """
                )
        )
        {
            UiLocales = request.UiLocales,
        };
    }

    private static Html Leads(string address, PageTexts texts) =>
        Html.Of($"<p>{texts.With(PageText.SignOutReturn, ("host", Html.Of($"<bdi>{ReturnLink.HostOf(address)}</bdi>")))}</p>");

    private static Html Hidden(string name, string? value) =>
        string.IsNullOrEmpty(value) ? Html.Empty : Html.Of($"<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
}
