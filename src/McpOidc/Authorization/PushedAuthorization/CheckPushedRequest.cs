using McpOidc.Configuration;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>
/// Applies the checks of <c>/authorize</c> to a pushed request (RFC 9126 §2.1 step 3), so that the client gets an error immediately
/// instead of the user later.
/// </summary>
internal sealed class CheckPushedRequest(KnownResources resources) : IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidatePushedAuthorizationRequestContext>()
            .UseSingletonHandler<CheckPushedRequest>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidatePushedResponseTypeParameter.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context)
    {
        if (LimitParameters.FindProblem(context.Request) is { } problem)
        {
            context.Reject(Errors.InvalidRequest, problem);
        }
        else if (RequestedResource.Find(context.Request, resources, out var wrongTarget) is { } resource)
        {
            ResourceIndicator.Hold(context.Transaction, resource);
        }
        else
        {
            context.Reject(Errors.InvalidTarget, wrongTarget);
        }

        return default;
    }
}
