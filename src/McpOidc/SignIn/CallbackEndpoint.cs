using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary><c>GET /oauth/callback</c>: the identity provider returns the browser, with a code or an error.</summary>
internal sealed class CallbackEndpoint(
    Interactions interactions,
    ProviderResponse response,
    StepAnswers answers,
    BrowserCookies cookies,
    ErrorPage errors
)
{
    // The parameters of an authorization response (RFC 6749 §4.1.2, RFC 9207 §2); others, such as the name in Apple's user, do not belong
    // in a URL.
    private static readonly string[] s_answered = ["code", "state", "error", "error_description", "iss"];

    /// <summary>
    /// <c>POST /oauth/callback</c>, for <c>response_mode=form_post</c>: the browser continues with GET. Our cookies (<c>SameSite=Lax</c>)
    /// are not sent with another site's form, but with that step they are.
    /// </summary>
    public static async Task<IResult> PassOnAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        return new SeeOther(EndpointPaths.Callback + QueryString.Create(form.Where(field => s_answered.Contains(field.Key))), IsPath: true);
    }

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        if (
            query["state"] is not [{ Length: > 0 } state]
            || await interactions.TakeAsync(state, InteractionStep.SignIn, cookies.ReadBinding(http), cancellationToken) is not { } step
        )
        {
            return errors.StartAgain("callback_without_sign_in");
        }

        // From here on it runs to completion, even if the browser disconnects, which will request the result again; a code is redeemed
        // once.
        var decision = http.Request.QueryString.Value;
        return step.IsRepeated
            ? await answers.RepeatAsync(http, step, decision, cancellationToken)
            : await answers.RememberAsync(http, step, decision, await response.ReadAsync(http, step.Interaction, CancellationToken.None));
    }
}
