using McpOidc.DPoP;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Redeems the code and begins the refresh token family, both by one compare-and-swap on the grant, in the place of OpenIddict's
/// <see cref="OpenIddictServerHandlers.RedeemTokenEntry"/>. As there, the code is spent also where the answer is an error.
/// </summary>
internal sealed class RedeemCode(RefreshRotation rotation, CodeReplay replay, IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ProcessSignInContext>
{
    private const string Property = "McpOidc.FirstRefreshToken";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .UseScopedHandler<RedeemCode>()
            .SetOrder(OpenIddictServerHandlers.RedeemTokenEntry.Descriptor.Order)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    /// <summary>The refresh token that came with the redemption of this request's code.</summary>
    public static IssuedRefreshToken? FirstRefreshToken(OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<IssuedRefreshToken>(Property);

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType != OpenIddictServerEndpointType.Token || !context.Request.IsAuthorizationCodeGrantType())
        {
            return;
        }

        var code =
            context
                .Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)
                ?.AuthorizationCodePrincipal
            ?? throw new InvalidOperationException("A code is redeemed that was not validated.");
        var grantId = code.GetAuthorizationId()!;
        var boundTo = ProvenKey.Of(context.Transaction) is { BindsRefreshToken: true } key ? key.Thumbprint : null;
        var mayRefresh = await applications.MayRefreshAsync(context.ClientId, context.CancellationToken);
        var redemption = await rotation.RedeemAsync(grantId, mayRefresh, boundTo, context.CancellationToken);
        if (!redemption.Succeeded)
        {
            // Two requests read the code before either redeemed it: one of them may be a thief's (RFC 6749 §4.1.2).
            await replay.EndAsync(grantId, context.CancellationToken);
            context.Reject(Errors.InvalidToken, "The code was already redeemed.");
            return;
        }

        context.Transaction.SetProperty(Property, redemption.RefreshToken);
    }
}
