using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// A request without scopes gets those of its resource; unknown scopes are left out, and the token response says what was granted
/// (RFC 6749 §3.3). Some MCP clients register without scopes and ask for none.
/// </summary>
internal sealed class DefaultScope(ScopeCatalog scopes) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<DefaultScope>()
        .SetOrder(ResourceIndicator.Descriptor.Order + 100)
        .Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var known = scopes.Known(context.Request.Scope);
        var asked = known.Count > 0 ? known : scopes.DefaultFor(ResourceIndicator.Of(context.Transaction).Options);
        context.Request.Scope = string.Join(' ', asked);
        return default;
    }
}
