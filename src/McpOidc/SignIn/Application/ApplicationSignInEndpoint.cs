using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Pages;
using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn.Application;

/// <summary>
/// <c>GET /oauth/application</c>: sends the browser to the application's login page, and from there to the callback. If the sign-in is
/// recent enough, the browser goes to the callback at once. This endpoint grants nothing: the callback checks again.
/// </summary>
internal sealed class ApplicationSignInEndpoint(
    ApplicationIdentityProvider provider,
    ApplicationCookie cookie,
    Interactions interactions,
    BrowserCookies browsers
)
{
    public const string StateParameter = "state";
    private const string RoundParameter = "round";

    // The cookie handler passes only the return URL to the login page.
    private static readonly string[] s_shown = ["acr_values", "login_hint", "prompt", "ui_locales"];

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var state = http.Request.Query[StateParameter].ToString();
        var back = SeeOther.Within(EndpointPaths.Callback, StateParameter, state);
        if (
            await interactions.FindAsync(state, InteractionStep.SignIn, browsers.ReadBinding(http), cancellationToken)
            is not { ProviderState: { } kept }
        )
        {
            // Begun in another browser, or expired: the callback shows the error page.
            return back;
        }

        var asked = AskedOfApplication.Read(kept);
        var visitor = await cookie.ReadAsync(http);
        var round = http.Request.Query[RoundParameter].ToString();
        if (round == "2" || (visitor is not null && await IsGoodAsync(asked, visitor, cancellationToken)))
        {
            return back;
        }

        // The login page sent a signed-in person back without showing a form.
        if (round == "1" && visitor is not null)
        {
            await cookie.ForgetAsync(http);
        }

        await cookie.ChallengeAsync(http, asked, ReturnTo(http, asked, state, round == "1" ? "2" : "1"));
        return Results.Empty;
    }

    private async Task<bool> IsGoodAsync(AskedOfApplication asked, ApplicationVisitor visitor, CancellationToken cancellationToken)
    {
        try
        {
            return asked.IsMetBy(visitor.SignedInAt) && await provider.FindAsync(visitor, cancellationToken) is not null;
        }
        catch (IdentityProviderException)
        {
            // The callback fails the same way, logs it and answers the client.
            return true;
        }
    }

    private static string ReturnTo(HttpContext http, AskedOfApplication asked, string state, string round)
    {
        var query = QueryString
            .Create(StateParameter, state)
            .Add(QueryString.Create(asked.Parameters.Where(parameter => s_shown.Contains(parameter.Key)).Select(Shown)))
            .Add(RoundParameter, round);
        return http.Request.PathBase + EndpointPaths.ApplicationSignIn + query;
    }

    private static KeyValuePair<string, string?> Shown(KeyValuePair<string, string> parameter) => new(parameter.Key, parameter.Value);
}
