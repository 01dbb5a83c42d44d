using McpOidc.Audit;
using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.RateLimits;

/// <summary>
/// Limits how often one grant, and one user's grants, are used at the token endpoint. At this point the code or refresh token is known to
/// be valid and has not been used up, so the client loses nothing by waiting.
/// </summary>
internal sealed class LimitGrant(RateLimiter limiter, RateLimitSet limits, AuditLog audit)
    : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public const string RefusalProperty = "McpOidc.RateLimitRefusal";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<LimitGrant>()
            .SetOrder(BindAudience.Descriptor.Order + 100)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (
            !(
                context.Request.IsAuthorizationCodeGrantType()
                || context.Request.IsDeviceCodeGrantType()
                || context.Request.IsRefreshTokenGrantType()
            ) || context.Transaction.CurrentGrant() is not { } grant
        )
        {
            return;
        }

        if ((await limiter.SpendAsync(limits.Grant, grant.Id) ?? await limiter.SpendAsync(limits.User, grant.Subject)) is not { } refusal)
        {
            return;
        }

        audit.LimitReached(refusal, grant.ClientId);
        context.Transaction.SetProperty(RefusalProperty, refusal);
        context.Reject(Errors.TemporarilyUnavailable, TooManyRequests.Description);
    }
}
