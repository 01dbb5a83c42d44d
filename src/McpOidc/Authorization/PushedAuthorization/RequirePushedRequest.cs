using McpOidc.Registration;
using McpOidc.SignIn;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>Rejects a request that was not pushed if the client or its operator requires pushing (RFC 9126 §6): other parties then cannot
/// start a sign-in in the client's name.</summary>
internal sealed class RequirePushedRequest(IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseScopedHandler<RequirePushedRequest>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidateClientRedirectUri.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        // A request that returns after the decision was pushed, or it would have been rejected before.
        if (
            context.RequestTokenPrincipal is not null
            || context.Transaction.GetHttpRequest()?.HttpContext.Features.Get<Interaction>() is not null
        )
        {
            return;
        }

        if (
            context.ClientId is { Length: > 0 } clientId
            && await applications.FindByClientIdAsync(clientId, context.CancellationToken)
                is ClientRecord { Metadata.RequirePushedAuthorizationRequests: true }
        )
        {
            context.Reject(Errors.InvalidRequest, "This client must push its authorization requests (RFC 9126).");
        }
    }
}
