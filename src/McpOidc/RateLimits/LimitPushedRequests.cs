using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.AspNetCore.OpenIddictServerAspNetCoreHandlers;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.RateLimits;

/// <summary>
/// A pushed request starts a sign-in, like one at <c>/authorize</c> (<see cref="Authorization.ResumeInteraction"/>), and is counted before
/// anything is looked up for it.
/// </summary>
internal sealed class LimitPushedRequests(SignInLimit limit) : IOpenIddictServerHandler<ExtractPushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ExtractPushedAuthorizationRequestContext>()
            .UseSingletonHandler<LimitPushedRequests>()
            .SetOrder(ExtractPostRequest<ExtractPushedAuthorizationRequestContext>.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ExtractPushedAuthorizationRequestContext context)
    {
        if (
            context.Transaction.GetHttpRequest()?.HttpContext is { } http
            && await limit.FindRefusalAsync(http, context.Request?.ClientId) is { } refusal
        )
        {
            await refusal.ExecuteAsync(http);
            context.HandleRequest();
        }
    }
}
