using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.AspNetCore.OpenIddictServerAspNetCoreHandlers;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.RateLimits;

/// <summary>
/// A pushed authorization request or a device authorization request begins a sign-in, like a request to <c>/authorize</c>
/// (<see cref="Authorization.ResumeInteraction"/>). It is counted before any lookup.
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
