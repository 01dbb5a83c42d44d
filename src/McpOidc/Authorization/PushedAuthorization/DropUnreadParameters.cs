using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>Stores only the known parameters of a valid pushed request, which may contain any others.</summary>
internal sealed class DropUnreadParameters(KeptParameters parameters) : IOpenIddictServerHandler<HandlePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandlePushedAuthorizationRequestContext>()
            .UseSingletonHandler<DropUnreadParameters>()
            .SetOrder(int.MinValue + 50_000)
            .Build();

    public ValueTask HandleAsync(HandlePushedAuthorizationRequestContext context)
    {
        parameters.Clean(context.Request);
        return default;
    }
}
