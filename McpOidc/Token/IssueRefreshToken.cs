using McpOidc.DPoP;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>Puts our refresh token where OpenIddict would make a JWT: the first of a family, or the successor of the one presented.</summary>
internal sealed class IssueRefreshToken(RefreshRotation rotation) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>()
        .UseScopedHandler<IssueRefreshToken>()
        .SetOrder(Handlers.GenerateIdentityModelToken.Descriptor.Order - 500)
        .Build();

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType != TokenTypeIdentifiers.RefreshToken)
        {
            return;
        }

        var boundTo = ProvenKey.Of(context.Transaction) is { BindsRefreshToken: true } key ? key.Thumbprint : null;
        var token = context.Transaction.GetProperty<RefreshToken>(ReadRefreshToken.TokenProperty) is { } presented
            ? await rotation.RotateAsync(presented, boundTo, context.CancellationToken)
            : RedeemCode.FirstRefreshToken(context.Transaction);
        if (token is null)
        {
            context.Reject(Errors.InvalidGrant, "The refresh token can no longer be used.");
            return;
        }

        context.Token = token;
    }
}
