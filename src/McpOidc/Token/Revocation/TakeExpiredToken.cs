using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token.Revocation;

/// <summary>
/// A client that signs out sends the access token that it has, and the grant outlives it: also an expired one ends the grant. OpenIddict
/// would answer 200 and end nothing, and already so where the clock of the server that issued the token is behind.
/// </summary>
internal sealed class TakeExpiredToken : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<TakeExpiredToken>()
            .SetOrder(Handlers.ValidateExpirationDate.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        context.DisableLifetimeValidation |= context.EndpointType == OpenIddictServerEndpointType.Revocation;
        return ValueTask.CompletedTask;
    }
}
