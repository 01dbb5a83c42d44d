using McpOidc.Configuration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token;

/// <summary>
/// A <c>resource</c> at the token endpoint must be that of the authorization request (RFC 8707 §2.2); without one the token is for that
/// resource.
/// </summary>
internal sealed class BindAudience : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<BindAudience>()
            .SetOrder(Exchange.ValidateGrantedScopes.Descriptor.Order + 500)
            .Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var requested = context.Request.GetResources();
        if (
            requested.IsDefaultOrEmpty
            || (context.AuthorizationCodePrincipal ?? context.DeviceCodePrincipal ?? context.RefreshTokenPrincipal) is not { } principal
        )
        {
            return default;
        }

        var granted = principal.GetResources();
        if (requested.Any(resource => !granted.Any(known => CanonicalResource.AreSame(known, resource))))
        {
            context.Reject(Errors.InvalidTarget, "The resource does not match the authorized resource.");
        }

        return default;
    }
}
