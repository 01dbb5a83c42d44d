using McpOidc.DPoP;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.Introspection;

/// <summary>Adds the scopes (RFC 7662 §2.2), which OpenIddict returns only to confidential resource servers.</summary>
internal sealed class AttachGrantedScope : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleIntrospectionRequestContext>()
            .UseSingletonHandler<AttachGrantedScope>()
            .SetOrder(OpenIddictServerHandlers.Introspection.AttachMetadataClaims.Descriptor.Order + 500)
            .Build();

    public ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        context.Claims[Claims.Scope] = string.Join(' ', context.GenericTokenPrincipal.GetScopes());
        if (context.Confirmation is not null)
        {
            // RFC 9449 §6.2: the caller learns how the token must be sent.
            context.TokenType = ProofVerifier.Header;
        }

        return default;
    }
}
