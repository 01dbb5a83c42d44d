using McpOidc.Registration;
using McpOidc.SignIn;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>A client that said so when it registered, or whose operator did, is answered only where its request was pushed (RFC 9126 §6):
/// nobody else can begin a sign-in in its name.</summary>
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
        // One that comes back decided was pushed, or it would not have gone so far.
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
            context.Reject(Errors.InvalidRequest, "This client pushes its requests (RFC 9126), and this one was not pushed.");
        }
    }
}
