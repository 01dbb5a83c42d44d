using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Introspection;

/// <summary>Adds the scopes (RFC 7662 §2.2), which OpenIddict tells confidential resource servers only.</summary>
internal sealed class AttachGrantedScope : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleIntrospectionRequestContext>()
        .UseSingletonHandler<AttachGrantedScope>()
        .SetOrder(OpenIddictServerHandlers.Introspection.AttachMetadataClaims.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        context.Claims[Claims.Scope] = string.Join(' ', context.GenericTokenPrincipal.GetScopes());
        return default;
    }
}
