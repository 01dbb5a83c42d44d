using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Federation;

/// <summary>
/// When a client refreshes, checks from time to time whether the identity provider still confirms the user, and whether the rules still
/// allow the user. A slow or unreachable provider delays no request.
/// </summary>
internal sealed class CheckUserAtProvider(
    Grants grants,
    UserSessions users,
    IdentityProviderTokenRefresher refresher,
    IdentityProviders providers,
    SignInRight right,
    TimeProvider clock
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleTokenRequestContext>()
            .UseSingletonHandler<CheckUserAtProvider>()
            .SetOrder(OpenIddictServerHandlers.Exchange.AttachPrincipal.Descriptor.Order + 400)
            .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (
            !context.Request.IsRefreshTokenGrantType()
            || context.Principal?.GetClaim(Claims.Subject) is not { Length: > 0 } subject
            || context.Principal.GetAuthorizationId() is not { } grantId
            || await users.RecallAsync(subject, context.CancellationToken) is not { } user
            || providers.Find(user.ProviderName) is not { } provider
        )
        {
            return;
        }

        var (endsWithProvider, isJudged) = (provider.Options.EndsSessionsWithProvider, right.IsAskedOf(provider.Options));
        var answer = IdentityProviderRefresh.Fresh;
        if ((endsWithProvider || isJudged) && refresher.IsUnconfirmed(user))
        {
            var needsPerson = user.Tokens is null || user.NeedsPersonSince is not null;
            answer = needsPerson ? IdentityProviderRefresh.NeedsPerson : await AskAsync(provider, subject, context.CancellationToken);
            // Another request or process may have asked the provider already.
            users.Forget(subject);
        }

        if (await FindProblemAsync(answer, grantId, user, provider, context.CancellationToken) is var (error, description))
        {
            context.Reject(error, description);
        }
        else if (isJudged && await users.RecallAsync(subject, context.CancellationToken) is { } now)
        {
            await JudgeAsync(context, now, provider, isOut: answer.Failure is not null && !answer.NeedsSignIn);
        }
    }

    private async ValueTask<(string Error, string Description)?> FindProblemAsync(
        IdentityProviderRefresh answer,
        string grantId,
        UserRecord user,
        ConfiguredProvider provider,
        CancellationToken cancellationToken
    ) =>
        answer.Failure switch
        {
            IdentityProviderFailure.Ended when await grants.FindAsync(grantId, cancellationToken) is not { Value.IsLive: true } => (
                Errors.InvalidGrant,
                "The identity provider has ended the sign-in of this token."
            ),
            // The provider's answer remains valid until the user signs in there, so the client must start a sign-in.
            IdentityProviderFailure.NeedsPerson when provider.Options.EndsSessionsWithProvider => (
                Errors.InvalidGrant,
                "The identity provider requires the user to sign in again."
            ),
            IdentityProviderFailure.Away
                when clock.GetUtcNow() - (user.ConfirmedAt ?? user.SignedInAt) >= provider.Options.OutageTolerance => (
                Errors.TemporarilyUnavailable,
                "The identity provider has not responded for too long. Try again later."
            ),
            _ => null,
        };

    /// <param name="context">The request.</param>
    /// <param name="user">The user, as currently known from the provider.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="isOut">Whether the provider is unreachable. A sign-in would then fail too, so known claims remain valid for
    /// longer.</param>
    private async ValueTask JudgeAsync(HandleTokenRequestContext context, UserRecord user, ConfiguredProvider provider, bool isOut)
    {
        if (context.Transaction.CurrentGrant() is not { } grant)
        {
            return;
        }

        if (right.AreClaimsOld(user, provider.Options) && !(isOut && right.AgeOfClaims(user) < provider.Options.OutageTolerance))
        {
            context.Reject(Errors.InvalidGrant, "The user's claims are too old: the user must sign in again.");
            return;
        }

        var verdict = await right.JudgeAsync(
            JudgedPerson.Of(user, provider),
            new JudgedRequest(grant.ClientId, grant.Resource, DecideGrantedScope.HeldOf(context.Transaction)),
            context.CancellationToken
        );
        if (verdict.Refusal is { } refusal)
        {
            await (
                refusal.IsOfClient
                    ? grants.RevokeAsync(grant.Id, context.CancellationToken)
                    : right.EndAsync(user.Subject, context.CancellationToken)
            );
            context.Reject(Errors.InvalidGrant, "The user is no longer allowed to use this server.");
        }
        else if (!DecideGrantedScope.TryKeep(context, verdict.Scopes))
        {
            context.Reject(Errors.InvalidGrant, "The user is no longer allowed the granted scopes.");
        }
    }

    private async Task<IdentityProviderRefresh> AskAsync(ConfiguredProvider provider, string subject, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            return await refresher.ConfirmAsync(subject, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Other requests need not wait for it meanwhile.
            provider.State.Failed(new IdentityProviderException("The identity provider is slow: timeout.") { Cause = new("timeout") });
            return IdentityProviderRefresh.Away;
        }
    }
}
