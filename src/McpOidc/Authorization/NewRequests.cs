using McpOidc.Authorization.PushedAuthorization;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Rules;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>Authorization requests as they arrive: the user signs in or consents first, or the client gets its code at once.</summary>
internal sealed class NewRequests(
    BrowserSessions sessions,
    PersonCheck persons,
    SignInRight right,
    AuthorizationInteractions interactions,
    AuthorizationCodes codes,
    SignInTrail trail,
    IOptions<TokenOptions> lifetimes,
    TimeProvider clock
)
{
    public async Task<IResult> BeginAsync(HttpContext http, AuthorizationRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var session = request.Admit(await sessions.FindAsync(http, cancellationToken));
        var user = session is null ? null : await persons.FindAsync(session.Subject, cancellationToken);
        var mustSignIn = request.NeedsSignIn(user, session, now) || right.NeedsSignIn(user!);
        if (!mustSignIn && await right.JudgeAsync(user!, request.ToJudge(), cancellationToken) is var verdict)
        {
            if (verdict.Refusal is { } refusal)
            {
                return await interactions.RefusePersonAsync(
                    interactions.Create(http, request, session, user),
                    request,
                    user!,
                    refusal,
                    cancellationToken
                );
            }

            request = request with { Scopes = [.. verdict.Scopes] };
            if (request.IsLeftWithNothing)
            {
                return AuthorizationErrorResponse.OfNoScope();
            }
        }

        // Before the sign-in it is unknown who may have these; a user who may is asked about them afterwards.
        string[] heldBack = mustSignIn ? right.FindHeldBack(request.Scopes) : [];
        if (heldBack.Length < request.Scopes.Length)
        {
            request = request with { Scopes = [.. request.Scopes.Except(heldBack)] };
        }

        var mustConsent = request.NeedsConsent(user);
        trail.Note("authorize", request.Describe(mustSignIn, mustConsent));
        if (!mustSignIn && !mustConsent)
        {
            return await codes.IssueAsync(
                http,
                request,
                user!,
                session!.ToldAuthenticatedAt,
                session.ProviderSession,
                lifetimes.Value.AuthorizationCodeLifetime,
                PushedRequest.InteractionOf(http) is { } pushed ? Interaction.GrantOf(pushed) : null,
                cancellationToken
            );
        }

        if (!request.MayShowPages)
        {
            return mustSignIn
                ? AuthorizationErrorResponse.Of(Errors.LoginRequired, "The user is not signed in, and prompt=none forbids a page.")
                : AuthorizationErrorResponse.Of(
                    Errors.ConsentRequired,
                    "The user has not given consent to this client, and prompt=none forbids a page."
                );
        }

        var interaction = interactions.Create(http, request, session, user) with { MustSignIn = mustSignIn, HeldBack = heldBack };
        return mustConsent
            ? await interactions.AskConsentAsync(interaction, cancellationToken)
            : await interactions.SignInAsync(interaction, cancellationToken);
    }
}
