using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Federation;

/// <summary>Checks the user of a grant when a client refreshes (<see cref="PersonCheck"/>).</summary>
internal sealed class CheckUserAtProvider(PersonCheck check) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleTokenRequestContext>()
            .UseSingletonHandler<CheckUserAtProvider>()
            .SetOrder(OpenIddictServerHandlers.Exchange.AttachPrincipal.Descriptor.Order + 400)
            .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsRefreshTokenGrantType() || context.Transaction.CurrentGrant() is not { } grant)
        {
            return;
        }

        var standing = await check.CheckAsync(grant, DecideGrantedScope.HeldOf(context.Transaction), context.CancellationToken);
        if (standing.Error is { } error)
        {
            context.Reject(error, standing.Description);
        }
        else if (!DecideGrantedScope.TryKeep(context, standing.Scopes))
        {
            context.Reject(Errors.InvalidGrant, "The user is no longer allowed the granted scopes.");
        }
    }
}
