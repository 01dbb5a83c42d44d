using McpOidc.DPoP;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Redeems the code or device code and starts the refresh token family, by a single compare-and-swap on the grant, replacing OpenIddict's
/// <see cref="OpenIddictServerHandlers.RedeemTokenEntry"/>. Like there, the code is used up even if the response is an error.
/// </summary>
internal sealed class RedeemCode(CodeRedeemer redeemer, CodeReplay replay, IOpenIddictApplicationManager applications)
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

    /// <summary>The refresh token created with the redemption of this request's code.</summary>
    public static IssuedRefreshToken? FirstRefreshToken(OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<IssuedRefreshToken>(Property);

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (
            context.EndpointType != OpenIddictServerEndpointType.Token
            || !(context.Request.IsAuthorizationCodeGrantType() || context.Request.IsDeviceCodeGrantType())
        )
        {
            return;
        }

        var validated = context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!);
        var code =
            validated?.AuthorizationCodePrincipal
            ?? validated?.DeviceCodePrincipal
            ?? throw new InvalidOperationException("The code has not been validated.");
        var grantId = code.GetAuthorizationId()!;
        var boundTo = ProvenKey.Of(context.Transaction) is { BindsRefreshToken: true } key ? key.Thumbprint : null;
        var mayRefresh = await applications.MayRefreshAsync(context.ClientId, context.CancellationToken);
        var redemption = await redeemer.RedeemAsync(grantId, mayRefresh, boundTo, context.CancellationToken);
        if (!redemption.Succeeded)
        {
            // Two requests read the code before either redeemed it: one of them may be an attacker's (RFC 6749 §4.1.2).
            await replay.EndAsync(grantId, context.CancellationToken);
            context.Reject(Errors.InvalidToken, "The code has already been redeemed.");
            return;
        }

        context.Transaction.SetProperty(Property, redemption.RefreshToken);
    }
}
