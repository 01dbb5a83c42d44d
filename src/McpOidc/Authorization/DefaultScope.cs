using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// A request without scopes gets those of its resource; unknown scopes are left out, and the token response says what was granted
/// (RFC 6749 §3.3). Some MCP clients register without scopes and ask for none.
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
        var known = ofResource.Among(context.Request.Scope);
        var asked = known.Count > 0 ? known : ofResource.Default;
        if (asked.Contains(Scopes.OfflineAccess) && !await applications.MayRefreshAsync(context.ClientId, context.CancellationToken))
        {
            // Clients ask for it because the metadata list it. One that did not register for refresh tokens gets none, and no error.
            asked = [.. asked.Where(scope => scope != Scopes.OfflineAccess)];
        }

        context.Request.Scope = string.Join(' ', asked);
    }
}
