using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Rules;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>Authorization requests that return from consent and sign-in: what was decided is checked against the present, then the client
/// gets its code or an error.</summary>
internal sealed class DecidedRequests(
    BrowserSessions sessions,
    UserSessions users,
    SignInRight right,
    AuthorizationInteractions interactions,
    AuthorizationCodes codes,
    ErrorPage errors,
    SignInTrail trail,
    IOptions<TokenOptions> lifetimes
)
{
    public async Task<IResult> AnswerAsync(
        HttpContext http,
        AuthorizationRequest request,
        Interaction decided,
        CancellationToken cancellationToken
    )
    {
        TimeSpan? handOff = decided.HandOff ? lifetimes.Value.HandOffCodeLifetime : null;
        http.Features.Get<OpenIddictServerAspNetCoreFeature>()!.Transaction!.SetProperty<object>(AnswerByPage.HandOffProperty, handOff);
        if (decided.Error is { } error)
        {
            return AuthorizationErrorResponse.Of(error, decided.ErrorDescription ?? "The request was rejected.");
        }

        trail.Note("authorize.resumed");
        // A user who was signed out since, everywhere or by an operator, gets nothing for an earlier consent.
        if ((await sessions.FindAsync(http, cancellationToken))?.Subject != decided.Subject)
        {
            return errors.StartAgain("session_gone");
        }

        if (await users.RecallAsync(decided.Subject!, cancellationToken) is not { } user)
        {
            return errors.StartAgain("user_gone");
        }

        if (!request.Admits(decided.Subject))
        {
            return AuthorizationErrorResponse.Of(Errors.LoginRequired, "The signed-in user is not the one named by the id_token_hint.");
        }

        var verdict = await right.JudgeAsync(user, request.ToJudge(), cancellationToken);
        if (verdict.Refusal is { } refusal)
        {
            return await interactions.RefusePersonAsync(decided, request, user, refusal, cancellationToken);
        }

        // A different user than expected signed in at the identity provider and has not been asked yet. Or the user has withdrawn consent
        // since. Or may have scopes that the page omitted before the user was known.
        var isAsked = !IsApproved(decided, user) || verdict.Scopes.Intersect(decided.HeldBack ?? []).Any();
        request = request with { Scopes = [.. isAsked ? verdict.Scopes : verdict.Scopes.Intersect(decided.Asked.Scopes)] };
        if (request.IsLeftWithNothing)
        {
            return AuthorizationErrorResponse.OfNoScope();
        }

        if (isAsked && request.NeedsConsent(user))
        {
            return await interactions.AskConsentAgainAsync(http, request, decided, cancellationToken);
        }

        return await codes.IssueAsync(
            http,
            request,
            user,
            decided.AuthenticatedAt,
            decided.ProviderSession,
            handOff ?? lifetimes.Value.AuthorizationCodeLifetime,
            decided.GrantId,
            cancellationToken
        );
    }

    private bool IsApproved(Interaction decided, UserRecord user) =>
        decided.Approved && !(user.ConsentsForgottenAt > decided.ExpiresAt - lifetimes.Value.InteractionLifetime);
}
