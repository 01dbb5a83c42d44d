using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>Puts into an authorization request the scopes that it can be granted (<see cref="ScopeRule"/>).</summary>
internal sealed class DecideScope(ScopeRules rules) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseSingletonHandler<DecideScope>()
            .SetOrder(ResourceIndicator.Descriptor.Order + 100)
            .Build();

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var resource = ResourceIndicator.Of(context.Transaction).Options;
        var rule = await rules.OfRequestAsync(context.ClientId, resource, context.CancellationToken);
        if (rule.Decide(context.Request.Scope) is not { } granted)
        {
            context.Reject(Errors.InvalidScope, ScopeRule.NoneIsLeft);
            return;
        }

        context.Request.Scope = string.Join(' ', granted);
    }
}
