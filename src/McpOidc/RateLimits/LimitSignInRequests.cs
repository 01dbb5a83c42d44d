using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.AspNetCore.OpenIddictServerAspNetCoreHandlers;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.RateLimits;

/// <summary>
/// A request that is pushed, or that a device makes, begins a sign-in, as one at <c>/authorize</c> does
/// (<see cref="Authorization.ResumeInteraction"/>), and is counted before anything is looked up for it.
/// </summary>
internal sealed class LimitSignInRequests<TContext>(SignInLimit limit) : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<TContext>()
            .UseSingletonHandler<LimitSignInRequests<TContext>>()
            .SetOrder(ExtractPostRequest<TContext>.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(TContext context)
    {
        if (
            context.Transaction.GetHttpRequest()?.HttpContext is { } http
            && await limit.FindRefusalAsync(http, context.Transaction.Request?.ClientId) is { } refusal
        )
        {
            await refusal.ExecuteAsync(http);
            context.HandleRequest();
        }
    }
}
