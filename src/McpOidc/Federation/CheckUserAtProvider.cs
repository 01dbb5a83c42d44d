using McpOidc.Sessions;
using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Federation;

/// <summary>
/// Asks the identity provider, from time to time and when a client refreshes, whether the person is still there. Only a definitive no ends
/// anything; a provider that is slow or away holds nobody up.
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
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(30);
    private long _pausedUntil;

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
            || clock.GetUtcNow().UtcTicks < Volatile.Read(ref _pausedUntil)
            || context.Principal?.GetClaim(Claims.Subject) is not { Length: > 0 } subject
            || context.Principal.GetAuthorizationId() is not { } grantId
            || await users.RecallAsync(subject, context.CancellationToken) is not { } user
            || providers.Find(user.ProviderName)?.Options.EndsSessionsWithProvider is not true
            || !refresher.IsUnconfirmed(user)
        )
        {
            return;
        }

        var outcome = await AskAsync(subject, context.CancellationToken);
        // Another request of this process, or another process, may have asked for us.
        users.Forget(subject);
        switch (outcome)
        {
            case IdentityProviderRefreshOutcome.Unavailable:
                // Nobody else has to wait for it meanwhile.
                Volatile.Write(ref _pausedUntil, (clock.GetUtcNow() + s_pause).UtcTicks);
                return;
            case IdentityProviderRefreshOutcome.Ended
                when await grants.FindAsync(grantId, context.CancellationToken) is not { Value.IsLive: true }:
                context.Reject(Errors.InvalidGrant, "The identity provider ended the sign-in that this token belongs to.");
                return;
        }
    }

    private async Task<IdentityProviderRefreshOutcome> AskAsync(string subject, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            return await refresher.ConfirmAsync(subject, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return IdentityProviderRefreshOutcome.Unavailable;
        }
    }
}
