using McpOidc.Sessions;
using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Federation;

/// <summary>
/// Asks the identity provider, from time to time and when a client refreshes, whether the person is still there. Only what the provider
/// says of the person ends anything; one that is slow or away holds nobody up.
/// </summary>
internal sealed class CheckUserAtProvider(
    Grants grants,
    UserSessions users,
    IdentityProviderTokenRefresher refresher,
    IdentityProviders providers,
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
            || providers.Find(user.ProviderName) is not { Options.EndsSessionsWithProvider: true } provider
            || !refresher.IsUnconfirmed(user)
        )
        {
            return;
        }

        // What the provider has said stays said until the person signs in there: the client has to come for that.
        if (user.Tokens is null || user.NeedsPersonSince is not null)
        {
            context.Reject(Errors.InvalidGrant, "The identity provider wants to see the person again.");
            return;
        }

        var answer = await AskAsync(provider, subject, context.CancellationToken);
        // Another request of this process, or another process, may have asked for us.
        users.Forget(subject);
        switch (answer.Failure)
        {
            case IdentityProviderFailure.Ended
                when await grants.FindAsync(grantId, context.CancellationToken) is not { Value.IsLive: true }:
                context.Reject(Errors.InvalidGrant, "The identity provider ended the sign-in that this token belongs to.");
                return;
            case IdentityProviderFailure.NeedsPerson:
                context.Reject(Errors.InvalidGrant, "The identity provider wants to see the person again.");
                return;
            case IdentityProviderFailure.Away
                when clock.GetUtcNow() - (user.ConfirmedAt ?? user.SignedInAt) >= provider.Options.OutageTolerance:
                context.Reject(Errors.TemporarilyUnavailable, "The identity provider has not answered for too long. Try again later.");
                return;
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
            // Nobody else has to wait for it meanwhile.
            provider.State.Failed(new IdentityProviderException("The identity provider is slow: timeout.") { Cause = new("timeout") });
            return IdentityProviderRefresh.Away;
        }
    }
}
