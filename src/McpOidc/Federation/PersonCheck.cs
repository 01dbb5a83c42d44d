using McpOidc.Sessions;
using McpOidc.SignIn.Application;
using McpOidc.SignIn.Rules;
using McpOidc.Token;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Federation;

/// <summary>
/// Checks from time to time whether the identity provider still confirms the user of a grant, and whether the rules still allow the user. A
/// slow or unreachable provider delays no request.
/// </summary>
internal sealed class PersonCheck(
    Grants grants,
    UserSessions users,
    IdentityProviderTokenRefresher refresher,
    IdentityProviders providers,
    ApplicationUserCheck application,
    SignInRight right,
    TimeProvider clock
)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>The user who is about to grant something. Users of the application itself are looked up again, in this process: one who was
    /// deleted may still have a cookie.</summary>
    /// <returns><see langword="null"/> if the user must sign in.</returns>
    public async ValueTask<UserRecord?> FindAsync(string subject, CancellationToken cancellationToken)
    {
        var user = await users.RecallAsync(subject, cancellationToken);
        if (
            user is not { NeedsPersonSince: null }
            || providers.Find(user.ProviderName) is not { Provider: ApplicationIdentityProvider } provider
            || !refresher.IsUnconfirmed(user)
        )
        {
            return user;
        }

        var answer = await AskAsync(provider, user, cancellationToken);
        users.Forget(subject);
        return answer.Failure == IdentityProviderFailure.Ended ? null : await users.RecallAsync(subject, cancellationToken);
    }

    /// <summary>Checks the user of a grant.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="held">The scopes that it still gives.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async ValueTask<PersonStanding> CheckAsync(GrantRecord grant, IReadOnlyList<string> held, CancellationToken cancellationToken)
    {
        if (await users.RecallAsync(grant.Subject, cancellationToken) is not { } user)
        {
            return new(held);
        }

        if (providers.Find(user.ProviderName) is not { } provider)
        {
            var request = new JudgedRequest(grant.ClientId, grant.Resource, held);
            return new((await right.JudgeAsync(user, request, cancellationToken)).Scopes);
        }

        var (endsWithProvider, isJudged) = (provider.Options.EndsSessionsWithProvider, right.IsAskedOf(provider.Options));
        var answer = IdentityProviderRefresh.Fresh;
        if ((endsWithProvider || isJudged) && refresher.IsUnconfirmed(user))
        {
            var needsPerson = user is { Tokens: null, HasNoTokens: false } or { NeedsPersonSince: not null };
            answer = needsPerson ? IdentityProviderRefresh.NeedsPerson : await AskAsync(provider, user, cancellationToken);
            // Another request or process may have asked the provider already.
            users.Forget(user.Subject);
        }

        return await FindProblemAsync(answer, grant.Id, user, provider, cancellationToken) is { } problem ? problem
            : isJudged && await users.RecallAsync(user.Subject, cancellationToken) is { } now
                ? await JudgeAsync(grant, held, now, provider, isOut: answer.Failure is not null && !answer.NeedsSignIn, cancellationToken)
            : new(held);
    }

    private async ValueTask<PersonStanding?> FindProblemAsync(
        IdentityProviderRefresh answer,
        string grantId,
        UserRecord user,
        ConfiguredProvider provider,
        CancellationToken cancellationToken
    ) =>
        answer.Failure switch
        {
            IdentityProviderFailure.Ended when await grants.FindAsync(grantId, cancellationToken) is not { Value.IsLive: true } =>
                PersonStanding.Refuse("The identity provider has ended the sign-in of this token."),
            // The provider's answer remains valid until the user signs in there, so the client must start a sign-in.
            IdentityProviderFailure.NeedsPerson when provider.Options.EndsSessionsWithProvider => PersonStanding.Refuse(
                "The identity provider requires the user to sign in again."
            ),
            IdentityProviderFailure.Away
                when clock.GetUtcNow() - (user.ConfirmedAt ?? user.SignedInAt) >= provider.Options.OutageTolerance => new(
                Scopes: [],
                Errors.TemporarilyUnavailable,
                "The identity provider has not responded for too long. Try again later."
            ),
            _ => null,
        };

    /// <param name="grant">The grant.</param>
    /// <param name="held">The scopes that it still gives.</param>
    /// <param name="user">The user, as currently known from the provider.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="isOut">Whether the provider is unreachable. A sign-in would then fail too, so known claims remain valid for
    /// longer.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    private async ValueTask<PersonStanding> JudgeAsync(
        GrantRecord grant,
        IReadOnlyList<string> held,
        UserRecord user,
        ConfiguredProvider provider,
        bool isOut,
        CancellationToken cancellationToken
    )
    {
        if (right.AreClaimsOld(user, provider.Options) && !(isOut && right.AgeOfClaims(user) < provider.Options.OutageTolerance))
        {
            return PersonStanding.Refuse("The user's claims are too old: the user must sign in again.");
        }

        var verdict = await right.JudgeAsync(
            JudgedPerson.Of(user, provider),
            new JudgedRequest(grant.ClientId, grant.Resource, held),
            cancellationToken
        );
        if (verdict.Refusal is not { } refusal)
        {
            return new(verdict.Scopes);
        }

        await (refusal.IsOfClient ? grants.RevokeAsync(grant.Id, cancellationToken) : right.EndAsync(user.Subject, cancellationToken));
        return PersonStanding.Refuse("The user is no longer allowed to use this server.");
    }

    private async Task<IdentityProviderRefresh> AskAsync(ConfiguredProvider provider, UserRecord user, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            return provider.Provider is ApplicationIdentityProvider
                ? await application.ConfirmAsync(provider, user, patience.Token)
                : await refresher.ConfirmAsync(user.Subject, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Other requests then do not wait for it.
            provider.State.Failed(new IdentityProviderException("The identity provider is slow: timeout.") { Cause = new("timeout") });
            return IdentityProviderRefresh.Away;
        }
    }
}

/// <summary>The result of a check.</summary>
/// <param name="Scopes">The scopes that the user may still have.</param>
/// <param name="Error">The OAuth error if the grant may not be used now.</param>
/// <param name="Description">The description of the error.</param>
internal sealed record PersonStanding(IReadOnlyList<string> Scopes, string? Error = null, string? Description = null)
{
    public static PersonStanding Refuse(string description) => new([], Errors.InvalidGrant, description);
}
