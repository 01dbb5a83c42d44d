using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>A refresh for more than was granted is <c>invalid_scope</c> (RFC 6749 §6); OpenIddict would say that the token is
/// dead.</summary>
internal sealed class RefuseWiderScope : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<RefuseWiderScope>()
            .SetOrder(OpenIddictServerHandlers.Exchange.ValidateGrantedScopes.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (
            context.RefreshTokenPrincipal is { } principal
            && context.Request.GetScopes().Except(principal.GetScopes(), StringComparer.Ordinal).Any()
        )
        {
            context.Reject(Errors.InvalidScope, "The scope parameter asks for more than was granted.");
        }

        return default;
    }
}
