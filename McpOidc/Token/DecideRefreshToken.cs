using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// A refresh token is issued to a client that registered for it, whether or not it asked for <c>offline_access</c>; half of the MCP
/// clients never ask, and their users would sign in every quarter of an hour.
/// </summary>
internal sealed class DecideRefreshToken(IOpenIddictApplicationManager applications) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseScopedHandler<DecideRefreshToken>()
        .SetOrder(OpenIddictServerHandlers.EvaluateGeneratedTokens.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType != OpenIddictServerEndpointType.Token || context.ClientId is not { } clientId)
        {
            return;
        }

        var client = await applications.FindByClientIdAsync(clientId, context.CancellationToken);
        var issued = (context.Request.IsAuthorizationCodeGrantType() || context.Request.IsRefreshTokenGrantType())
            && client is not null
            && await applications.HasPermissionAsync(client, Permissions.GrantTypes.RefreshToken, context.CancellationToken);
        context.GenerateRefreshToken = context.IncludeRefreshToken = issued;
    }
}
