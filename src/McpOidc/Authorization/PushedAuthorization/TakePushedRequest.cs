using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>
/// Uses a pushed request up (RFC 9126 §4): by compare-and-swap, so that of two browsers one gets it. From here on it is an ordinary
/// request;
/// what is kept while the person is away are its parameters, not the reference that has ended.
/// </summary>
internal sealed class TakePushedRequest(IOpenIddictTokenManager tokens) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseScopedHandler<TakePushedRequest>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthentication.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (string.IsNullOrEmpty(context.Request.RequestUri))
        {
            return;
        }

        // Without a principal no reference was read: a handler of OpenIddict should have refused the request before.
        if (
            context.RequestTokenPrincipal?.GetTokenId() is not { } id
            || await tokens.FindByIdAsync(id, context.CancellationToken) is not { } pushed
            || !await tokens.TryRedeemAsync(pushed, context.CancellationToken)
        )
        {
            // A page, as for a reference that has ended: an error sent to the client would stop the sign-in that goes on elsewhere.
            context.Request.RedirectUri = null;
            context.Reject(Errors.InvalidRequestUri, "The request_uri was used before.");
            return;
        }

        context.Request.RequestUri = null;
    }
}
