using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.SignIn;

/// <summary><c>GET /oauth/callback</c>: the identity provider returns the browser, with a code or an error.</summary>
internal sealed partial class CallbackEndpoint(
    IdentityProviders providers,
    Interactions interactions,
    IdentityProviderSignIn signIn,
    UserSessions users,
    BrowserSessions sessions,
    BrowserCookies cookies,
    CustomData customData,
    SignInRight right,
    StepAnswers answers,
    ErrorPage errors,
    SignInTrail trail,
    AuditLog audit,
    TimeProvider clock,
    ILogger<CallbackEndpoint> logger
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
            : await answers.RememberAsync(http, step, decision, await GoOnAsync(http, step.Interaction, CancellationToken.None));
    }

    private async Task<IResult> GoOnAsync(HttpContext http, Interaction interaction, CancellationToken cancellationToken)
    {
        // Bound to the state: a response from another provider than the requested one is invalid (mix-up, RFC 9700 §4.4).
        if (providers.Find(interaction.ProviderName) is not { } provider)
        {
            return errors.StartAgain("provider_gone");
        }

        if (http.Request.Query["error"] is [{ Length: > 0 } error, ..])
        {
            var refusal = CallbackError.Read(error, http.Request.Query["error_description"]);
            trail.Note("idp.refused", provider.Explain(refusal));
            return await FailAsync(interaction, provider, refusal, cancellationToken);
        }

        trail.Note("idp.returned", "With a code.");
        try
        {
            var callback = new Uri(signIn.RedirectUriOf(provider).OriginalString + http.Request.QueryString.Value);
            var login = await provider.Provider.RedeemAsync(callback, interaction.ProviderState ?? [], cancellationToken);
            return await CompleteAsync(http, interaction, provider, login, cancellationToken);
        }
        catch (IdentityProviderException exception)
        {
            // Errors about this server also concern refreshes; a missing claim in its id_token does not.
            if (exception is { Failure: IdentityProviderFailure.Misconfigured, Cause: null or { Status: not null } })
            {
                provider.State.Failed(exception);
            }

            trail.Note("idp.failed", provider.Explain(exception));
            return await FailAsync(interaction, provider, exception, cancellationToken);
        }
    }

    private Task<IResult> FailAsync(
        Interaction interaction,
        ConfiguredProvider provider,
        IdentityProviderException exception,
        CancellationToken cancellationToken
    )
    {
        var explanation = provider.Explain(exception);
        // The user pressed Cancel, which is not a failure.
        if (exception is { Failure: IdentityProviderFailure.NeedsPerson, Cause: { Status: null } })
        {
            LogRefused(provider.DisplayName, explanation);
        }
        else
        {
            LogFailed(provider.DisplayName, exception.Failure, explanation, exception);
        }

        audit.SignInFailed(
            interaction.ClientId,
            exception.Error is null ? Errors.TemporarilyUnavailable : CallbackError.ToClient(exception.Error),
            $"{exception.Cause}"
        );
        return signIn.FailAsync(interaction, exception, cancellationToken);
    }

    private async Task<IResult> CompleteAsync(
        HttpContext http,
        Interaction interaction,
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    )
    {
        var authenticatedAt = AuthenticationTime.In(login.Claims, clock.GetUtcNow());
        if (AskedSignIn.Of(interaction).FindProblem(authenticatedAt, interaction.SentAt) is { } problem)
        {
            trail.Note("idp.not_lately", problem.Description);
            audit.SignInFailed(interaction.ClientId, problem.Error, "signed_in_too_early");
            return await signIn.RefuseAsync(interaction, problem.Error, problem.Description, cancellationToken);
        }

        if (!interaction.AskedForRefreshToken && await LacksRefreshTokenAsync(provider, login, cancellationToken))
        {
            return await signIn.BeginAsync(interaction with { AskedForRefreshToken = true }, cancellationToken);
        }

        if (await JudgeAsync(interaction, provider, login, cancellationToken) is { Refusal: { } refusal })
        {
            var person = new RefusedPerson(PersonName.Of(login.Claims, login.Subject), refusal.Untold);
            return await signIn.RefusePersonAsync(interaction, person, cancellationToken);
        }

        var session = sessions.Create(login);
        trail.Note("signed_in", $"Subject {session.Subject}.");
        var decided = interaction.For(session);
        var signingIn = SignInAsync(http, decided, session, provider, login, cancellationToken);
        var answer = await signIn.DecideAsync(decided, cancellationToken);
        if (answer is SeeOther next)
        {
            return next with { Ready = Task.WhenAll(next.Ready, signingIn) };
        }

        await signingIn;
        return answer;
    }

    // A user who was admitted before and no longer is loses everything.
    private async Task<SignInVerdict> JudgeAsync(
        Interaction interaction,
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    )
    {
        var subject = Subject.From(login.Issuer, login.Subject);
        var isPage = interaction.ReturnTo is not null;
        var verdict = await right.JudgeAsync(
            new JudgedPerson(subject, login.Subject, login.Claims, provider.Options),
            new JudgedRequest(isPage ? null : interaction.ClientId, isPage ? null : interaction.Asked.Resource, interaction.Asked.Scopes),
            cancellationToken
        );
        if (verdict.Refusal is { IsOfClient: false } && await users.FindAsync(subject, cancellationToken) is not null)
        {
            await right.EndAsync(subject, cancellationToken);
        }

        return verdict;
    }

    private async Task SignInAsync(
        HttpContext http,
        Interaction decided,
        BrowserSessionRecord session,
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    )
    {
        await EndOlderAsync(session.Subject, login, cancellationToken);
        // The two are independent, and the browser's response needs both.
        var consent = decided is { Approved: true, Remember: true } ? decided.Asked : null;
        await Task.WhenAll(
            users.SignInAsync(login, provider.Name, customData.Extract(login.Claims, provider.Options), consent, cancellationToken),
            sessions.SignInAsync(http, session, cancellationToken)
        );
        LogSignedIn(session.Subject, decided.ClientId);
        audit.SignInFinished(session.Subject, decided.ClientId);
        if (decided.Approved)
        {
            audit.ConsentGranted(session.Subject, decided.ClientId, decided.Asked.Scopes, decided.Asked.Resource);
        }
    }

    // The record gets the new stamp, and grants made under the old one would pass the next check.
    private async Task EndOlderAsync(string subject, IdentityProviderLogin login, CancellationToken cancellationToken)
    {
        if (
            UserSessions.HashOf(login.Stamp) is { } stamp
            && await users.FindAsync(subject, cancellationToken) is { Stamp: { } known }
            && known != stamp
        )
        {
            await right.EndAsync(subject, cancellationToken);
        }
    }

    // Google sends a refresh token only at the first consent, possibly long before; asking for consent again yields another.
    private async ValueTask<bool> LacksRefreshTokenAsync(
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    ) =>
        provider.Options.Preset == IdentityProviderPreset.Google
        && string.IsNullOrEmpty(login.Tokens?.RefreshToken)
        && (await users.FindAsync(Subject.From(login.Issuer, login.Subject), cancellationToken))?.Tokens?.RefreshToken
            is not { Length: > 0 };

    [LoggerMessage(1402, LogLevel.Information, "{Provider} rejected a sign-in: {Explanation}")]
    private partial void LogRefused(string provider, string explanation);

    [LoggerMessage(1403, LogLevel.Warning, "A sign-in at {Provider} failed ({Failure}): {Explanation}")]
    private partial void LogFailed(string provider, IdentityProviderFailure failure, string explanation, Exception exception);

    [LoggerMessage(1404, LogLevel.Information, "User {Subject} signed in for client {ClientId}.")]
    private partial void LogSignedIn(string subject, string clientId);
}
