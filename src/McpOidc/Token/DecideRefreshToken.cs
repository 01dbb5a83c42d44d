using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>Issues a refresh token if the code includes one, and if the client that refreshes may still have one (
/// <see cref="RefreshTokenRight"/>).</summary>
internal sealed class DecideRefreshToken(IOpenIddictApplicationManager applications) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .UseScopedHandler<DecideRefreshToken>()
            .SetOrder(OpenIddictServerHandlers.EvaluateGeneratedTokens.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType != OpenIddictServerEndpointType.Token || context.ClientId is null)
        {
            return;
        }

        var issued =
            context.Request.IsAuthorizationCodeGrantType() || context.Request.IsDeviceCodeGrantType()
                ? RedeemCode.FirstRefreshToken(context.Transaction) is not null
                : context.Request.IsRefreshTokenGrantType()
                    && await applications.MayRefreshAsync(context.ClientId, context.CancellationToken);
        context.GenerateRefreshToken = context.IncludeRefreshToken = issued;
    }
}
