using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token.Revocation;

/// <summary>
/// A client that signs out sends its access token, and the grant lives longer: an expired token ends the grant too. OpenIddict would
/// answer 200 without ending anything, even earlier if the clock of the issuing server is slow.
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
