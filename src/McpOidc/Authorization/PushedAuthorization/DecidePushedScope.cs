using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>Decides about the scopes of a pushed request like <see cref="DecideScope"/>, once the client is authenticated.</summary>
internal sealed class DecidePushedScope(ScopeRules rules) : IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidatePushedAuthorizationRequestContext>()
            .UseSingletonHandler<DecidePushedScope>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidatePushedAuthentication.Descriptor.Order + 600)
            .Build();

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context) =>
        DecideScope.DecideAsync(rules, context, context.ClientId);
}
