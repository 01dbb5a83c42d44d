using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token;

/// <summary>
/// OAuth 2.1 §4.1.3 has no <c>redirect_uri</c> in a token request: the code verifier binds the code. A client that sends one is held to
/// it, which OpenIddict does.
/// </summary>
internal sealed class TakeRedirectUriOfCode : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<TakeRedirectUriOfCode>()
            .SetOrder(Exchange.ValidateRedirectUri.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (string.IsNullOrEmpty(context.Request.RedirectUri) && context.AuthorizationCodePrincipal is { } code)
        {
            context.Request.RedirectUri = code.GetClaim(Claims.Private.RedirectUri);
        }

        return default;
    }
}
