using McpOidc.Audit;
using McpOidc.Authorization.PushedAuthorization;
using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.DPoP;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.RateLimits;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Rules;
using McpOidc.Storage;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary><c>GET /authorize</c>, after OpenIddict has validated the request: consent, then sign-in, then a code.</summary>
internal sealed partial class AuthorizationEndpoint(
    Clients clients,
    Grants grants,
    UserSessions users,
    BrowserSessions sessions,
    BrowserCookies cookies,
    Interactions interactions,
    IdentityProviderSignIn signIn,
    SignInRight right,
    KeptParameters kept,
    GrantOrigins origins,
    RateLimiter limiter,
    RateLimitSet limits,
    AuditLog audit,
    SignInTrail trail,
    ErrorPage errors,
    IOptions<TokenOptions> lifetimes,
    TimeProvider clock,
    ILogger<AuthorizationEndpoint> logger
)
{
    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.GetOpenIddictServerResponse()?.Error is { } error)
        {
            trail.Note("authorize.refused", $"{error}: {http.GetOpenIddictServerResponse()!.ErrorDescription}");
            return await ShowInvalidRequestAsync(http, error, cancellationToken);
        }

        var parameters =
            http.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The authorization endpoint was called without OpenIddict.");
        var client = await clients.FindAsync(parameters.ClientId!, cancellationToken);
        if (client is null)
        {
            return errors.StartAgain("client_gone");
        }

        var transaction = http.Features.Get<OpenIddictServerAspNetCoreFeature>()!.Transaction!;
        var request = new AuthorizationRequest(parameters, client, ResourceIndicator.Of(transaction))
        {
            ExpectedSubject = parameters.IdTokenHint is { Length: > 0 } ? SubjectOfHint(transaction) : null,
        };
        if (parameters[ResumeInteraction.Parameter]?.ToString() is not { Length: > 0 })
        {
            return await BeginAsync(http, request, cancellationToken);
        }

        return http.Features.Get<Interaction>() is { } decided
            ? await AnswerAsync(http, request, decided, cancellationToken)
            : errors.StartAgain("interaction_gone");
    }

    // OpenIddict ignores a hint that it cannot verify; here such a hint matches no user.
    private static string SubjectOfHint(OpenIddictServerTransaction transaction) =>
        transaction
            .GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)
            ?.IdentityTokenPrincipal?.GetClaim(Claims.Subject)
        ?? "";

    private async Task<IResult> BeginAsync(HttpContext http, AuthorizationRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var session = request.Admit(await sessions.FindAsync(http, cancellationToken));
        var user = session is null ? null : await users.RecallAsync(session.Subject, cancellationToken);
        var mustSignIn = request.NeedsSignIn(user, session, now) || right.NeedsSignIn(user!);
        if (!mustSignIn && await right.JudgeAsync(user!, request.ToJudge(), cancellationToken) is var verdict)
        {
            if (verdict.Refusal is { } refusal)
            {
                return await RefusePersonAsync(New(http, request, session, user), request, user!, refusal, cancellationToken);
            }

            request = request with { Scopes = [.. verdict.Scopes] };
        }

        // Before the sign-in it is unknown who may have these; a user who may is asked about them afterwards.
        string[] heldBack = mustSignIn ? right.FindHeldBack(request.Scopes) : [];
        if (heldBack.Length < request.Scopes.Length)
        {
            request = request with { Scopes = [.. request.Scopes.Except(heldBack)] };
        }

        var mustConsent = request.NeedsConsent(user, now);
        trail.Note("authorize", request.Describe(mustSignIn, mustConsent));
        if (!mustSignIn && !mustConsent)
        {
            return await IssueCodeAsync(
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
                ? Refuse(Errors.LoginRequired, "The user is not signed in, and prompt=none forbids a page.")
                : Refuse(Errors.ConsentRequired, "The user has not given consent to this client, and prompt=none forbids a page.");
        }

        var interaction = New(http, request, session, user) with { MustSignIn = mustSignIn, HeldBack = heldBack };
        return mustConsent
            ? await AskConsentAsync(interaction, cancellationToken)
            : await signIn.BeginAsync(interaction, cancellationToken);
    }

    private Interaction New(HttpContext http, AuthorizationRequest request, BrowserSessionRecord? session, UserRecord? user) =>
        new()
        {
            Id = PushedRequest.InteractionOf(http) ?? OpaqueToken.CreateId(),
            Step = InteractionStep.Consent,
            BrowserHash = cookies.EnsureBinding(http),
            Query = request.ToQuery(kept),
            ClientId = request.Client.Id,
            Client = ClientSummary.Of(request.Client, request.Parameters.RedirectUri!),
            Subject = user?.Subject,
            AuthenticatedAt = session?.ToldAuthenticatedAt,
            ProviderSession = session?.ProviderSession,
            Asked = request.ToConsent(clock.GetUtcNow()),
            ResourceName = request.Resource.Name,
            ExpiresAt = interactions.Deadline(),
        };

    private async Task<IResult> RefusePersonAsync(
        Interaction interaction,
        AuthorizationRequest request,
        UserRecord user,
        SignInRefusal refusal,
        CancellationToken cancellationToken
    )
    {
        if (!refusal.IsOfClient)
        {
            await right.EndAsync(user.Subject, cancellationToken);
        }

        return request.MayShowPages
            ? await signIn.RefusePersonAsync(interaction, new RefusedPerson(PersonName.Of(user), refusal.Untold), cancellationToken)
            : Refuse(Errors.AccessDenied, "The user is not allowed to use this server.");
    }

    private async Task<IResult> AnswerAsync(
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
            return Refuse(error, decided.ErrorDescription ?? "The request was rejected.");
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
            return Refuse(Errors.LoginRequired, "The signed-in user is not the one named by the id_token_hint.");
        }

        var verdict = await right.JudgeAsync(user, request.ToJudge(), cancellationToken);
        if (verdict.Refusal is { } refusal)
        {
            return await RefusePersonAsync(decided, request, user, refusal, cancellationToken);
        }

        // A different user than expected signed in at the identity provider and has not been asked yet. Or the user has withdrawn consent
        // since. Or may have scopes that the page omitted before the user was known.
        var isAsked = !IsApproved(decided, user) || verdict.Scopes.Intersect(decided.HeldBack ?? []).Any();
        request = request with { Scopes = [.. isAsked ? verdict.Scopes : verdict.Scopes.Intersect(decided.Asked.Scopes)] };
        if (request.Scopes.Length == 0 && request.Parameters.GetScopes().Length > 0)
        {
            return Refuse(Errors.AccessDenied, "The user is not allowed any of the requested scopes.");
        }

        if (isAsked && request.NeedsConsent(user, clock.GetUtcNow()))
        {
            return await AskConsentAsync(
                decided with
                {
                    Step = InteractionStep.Consent,
                    Asked = request.ToConsent(clock.GetUtcNow()),
                    Approved = false,
                    Remember = false,
                    HandOff = false,
                    MustSignIn = false,
                    HeldBack = null,
                    BrowserHash = cookies.EnsureBinding(http),
                    ExpiresAt = interactions.Deadline(),
                },
                cancellationToken
            );
        }

        return await IssueCodeAsync(
            http,
            request,
            user,
            decided.AuthenticatedAt ?? clock.GetUtcNow(),
            decided.ProviderSession,
            handOff ?? lifetimes.Value.AuthorizationCodeLifetime,
            decided.GrantId,
            cancellationToken
        );
    }

    private bool IsApproved(Interaction decided, UserRecord user) =>
        decided.Approved && !(user.ConsentsForgottenAt > decided.ExpiresAt - lifetimes.Value.InteractionLifetime);

    private async Task<IResult> AskConsentAsync(Interaction interaction, CancellationToken cancellationToken) =>
        SeeOther.Within(EndpointPaths.Consent, ResumeInteraction.Parameter, await interactions.KeepAsync(interaction, cancellationToken));

    private async Task<IResult> IssueCodeAsync(
        HttpContext http,
        AuthorizationRequest request,
        UserRecord user,
        DateTimeOffset authenticatedAt,
        string? providerSession,
        TimeSpan codeLifetime,
        string? grantId,
        CancellationToken cancellationToken
    )
    {
        if (grantId is not null && await grants.RecallAsync(grantId, cancellationToken) is { Value: var given })
        {
            await grants.ConfirmAsync(grantId, cancellationToken);
            return GiveAgain(http, request, given);
        }

        if (await limiter.SpendAsync(limits.User, user.Subject) is { } refusal)
        {
            audit.LimitReached(refusal, request.Client.Id);
            return TooManyRequests.Show(errors, refusal);
        }

        var id = grantId ?? OpaqueToken.CreateId();
        var grant = new GrantRecord
        {
            Id = id,
            Subject = user.Subject,
            Provider = user.Provider,
            ProviderSession = providerSession,
            ClientId = request.Client.Id,
            Scopes = request.Scopes,
            Resource = request.Resource.AskedAs,
            RedirectUri = request.Parameters.RedirectUri!,
            CodeKey = BoundCode.KeyOf(request.Parameters),
            Origin = await origins.SealAsync(id, cancellationToken),
            CreatedAt = clock.GetUtcNow(),
            AuthenticatedAt = authenticatedAt,
            ExpiresAt = grants.InitialExpiry(request.Resource.AskedAs, codeLifetime),
        };
        await users.KeepAliveAsync(user, cancellationToken);
        NewGrant.Hold(http, new NewGrant(grant) { Seal = grantId is null ? null : cookies.SealOf(http) });
        trail.Note("code.issued", $"Grant {grant.Id}.");
        LogGranted(grant.Id, grant.ClientId, grant.Subject, string.Join(' ', grant.Scopes), request.Resource.Options.Uri);
        // A code contains the claims of the id_token: it is redeemed a moment later, and the vault need not be read again.
        var principal = GrantPrincipal
            .Create(grant, request.Client.ClientId, identity => UserClaims.Attach(identity, user, grant.Scopes))
            .SetAuthorizationCodeLifetime(codeLifetime);
        return Results.SignIn(principal, authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    // The same code, until it is redeemed: a second redemption would end the grant.
    private IResult GiveAgain(HttpContext http, AuthorizationRequest request, GrantRecord given)
    {
        if (NewGrant.Reopen(given, cookies.SealOf(http), clock.GetUtcNow()) is not { } again)
        {
            trail.Note("code.done", $"Grant {given.Id}.");
            return StepAnswers.Done(http.Features.Get<Interaction>());
        }

        trail.Note("code.repeated", $"Grant {given.Id}.");
        NewGrant.Hold(http, again);
        return Results.SignIn(
            GrantPrincipal.Create(given, request.Client.ClientId),
            authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
        );
    }

    private static IResult Refuse(string error, string description) =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                    [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
                }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );

    private async Task<IResult> ShowInvalidRequestAsync(HttpContext http, string error, CancellationToken cancellationToken)
    {
        if (http.GetOpenIddictServerRequest()?[ResumeInteraction.Parameter] is not null)
        {
            return errors.StartAgain("interaction_gone");
        }

        if (http.Request.Query[Parameters.RequestUri].ToString().StartsWith(RequestUris.Prefixes.Generic, StringComparison.Ordinal))
        {
            return errors.StartAgain(Errors.InvalidRequestUri);
        }

        var request = http.GetOpenIddictServerRequest();
        if (request?.ClientId is not { Length: > 0 } clientId)
        {
            return errors.Show(error, PageText.ErrorRequest, PageText.ErrorRequestAdvice);
        }

        // Found before in this request, which remembers it. A page fetches no document.
        var isUrl = StoreKeys.IsUrl(clientId);
        return await (isUrl ? clients.FindKnownAsync(clientId, cancellationToken) : clients.FindAsync(clientId, cancellationToken)) switch
        {
            null when !isUrl => errors.Show("client_unknown", PageText.ErrorClientUnknown, UnusableClient.Unknown),
            { } client when !client.MayBeAnsweredAt(request.RedirectUri) => errors.Show(
                "redirect_uri_unknown",
                PageText.ErrorRedirectUri,
                texts => UnusableClient.WithRedirectUri(client, texts)
            ),
            _ => errors.Show(error, PageText.ErrorRequest, PageText.ErrorRequestAdvice),
        };
    }

    // An elevation is a grant with more scopes than an earlier one of the same subject and client.
    [LoggerMessage(
        1502,
        LogLevel.Information,
        "Grant {GrantId}: client {ClientId} may act for {Subject} with the scopes {Scopes} at {Resource}."
    )]
    private partial void LogGranted(string grantId, string clientId, string subject, string scopes, string resource);
}
