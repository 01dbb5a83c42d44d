using McpOidc.Authorization.PushedAuthorization;
using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Rules;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>The interactions of authorization requests: each begins here and goes to consent, to sign-in, or to a refusal.</summary>
internal sealed class AuthorizationInteractions(
    Interactions interactions,
    IdentityProviderSignIn signIn,
    SignInRight right,
    BrowserCookies cookies,
    KeptParameters kept,
    TimeProvider clock
)
{
    public Interaction Create(HttpContext http, AuthorizationRequest request, BrowserSessionRecord? session, UserRecord? user) =>
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

    public async Task<IResult> AskConsentAsync(Interaction interaction, CancellationToken cancellationToken) =>
        SeeOther.Within(EndpointPaths.Consent, ResumeInteraction.Parameter, await interactions.KeepAsync(interaction, cancellationToken));

    /// <summary>Asks in the interaction of a request that was already decided: by another user, or for other scopes.</summary>
    public Task<IResult> AskConsentAgainAsync(
        HttpContext http,
        AuthorizationRequest request,
        Interaction decided,
        CancellationToken cancellationToken
    ) =>
        AskConsentAsync(
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

    public Task<IResult> SignInAsync(Interaction interaction, CancellationToken cancellationToken) =>
        signIn.BeginAsync(interaction, cancellationToken);

    public async Task<IResult> RefusePersonAsync(
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
            : AuthorizationErrorResponse.Of(Errors.AccessDenied, "The user is not allowed to use this server.");
    }
}
