using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// A request without scopes gets those of its resource: some MCP clients register without scopes and ask for none. Unknown scopes are left
/// out, and the token response says what was granted (RFC 6749 §3.3). Where nothing is left the request is refused: a mistyped scope for
/// reading asks for nothing, and not for everything.
/// </summary>
internal sealed class DefaultScope(ScopeCatalog scopes, IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseScopedHandler<DefaultScope>()
            .SetOrder(ResourceIndicator.Descriptor.Order + 100)
            .Build();

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var ofResource = await scopes.OfAsync(ResourceIndicator.Of(context.Transaction).Options, context.CancellationToken);
        var asked = ResourceScopes.IsNone(context.Request.Scope) ? ofResource.Default : ofResource.Among(context.Request.Scope);
        if (asked.Contains(Scopes.OfflineAccess) && !await applications.MayRefreshAsync(context.ClientId, context.CancellationToken))
        {
            // Clients ask for it because the metadata list it. One that did not register for refresh tokens gets none, and no error.
            asked = [.. asked.Where(scope => scope != Scopes.OfflineAccess)];
        }

        if (asked.Count == 0)
        {
            context.Reject(Errors.InvalidScope, ResourceScopes.NoneIsLeft);
            return;
        }

        context.Request.Scope = string.Join(' ', asked);
    }
}
