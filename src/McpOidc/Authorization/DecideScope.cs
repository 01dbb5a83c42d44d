using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>Replaces the scopes of an authorization request by those that can be granted (<see cref="ScopeRule"/>).</summary>
internal sealed class DecideScope(ScopeRules rules) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseSingletonHandler<DecideScope>()
            .SetOrder(ResourceIndicator.Descriptor.Order + 100)
            .Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context) => DecideAsync(rules, context, context.ClientId);

    /// <summary>The same for a request, pushed or not.</summary>
    public static async ValueTask DecideAsync(ScopeRules rules, BaseValidatingContext context, string? clientId)
    {
        var (request, resource) = (context.Transaction.Request!, ResourceIndicator.Of(context.Transaction).Options);
        var rule = await rules.OfRequestAsync(clientId, resource, context.CancellationToken);
        if (rule.Decide(request.Scope) is { } granted)
        {
            request.Scope = string.Join(' ', granted);
        }
        else
        {
            context.Reject(Errors.InvalidScope, ScopeRule.NoneIsLeft);
        }
    }
}
