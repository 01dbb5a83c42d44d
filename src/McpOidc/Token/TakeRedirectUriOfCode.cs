using McpOidc.Registration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token;

/// <summary>
/// OAuth 2.1 §4.1.3 has no <c>redirect_uri</c> in a token request: the code verifier binds the code. OpenIddict compares one that is sent
/// exactly; differences that the authorization endpoint ignores are ignored here too.
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
        if (
            context.AuthorizationCodePrincipal?.GetClaim(Claims.Private.RedirectUri) is { } authorized
            && (context.Request.RedirectUri is not { Length: > 0 } redeemed || RedirectUriMatch.IsSame(authorized, redeemed))
        )
        {
            context.Request.RedirectUri = authorized;
        }

        return default;
    }
}
