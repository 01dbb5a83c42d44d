using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>Decides about the scopes of a pushed request as <see cref="DecideScope"/> does, once it is known who sends it.</summary>
internal sealed class DecidePushedScope(ScopeRules rules) : IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidatePushedAuthorizationRequestContext>()
            .UseSingletonHandler<DecidePushedScope>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidatePushedAuthentication.Descriptor.Order + 600)
            .Build();

    public async ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context)
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
