using McpOidc.Configuration;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.DPoP;

/// <summary>
/// At the userinfo endpoint, a bound access token requires a proof of its key, and an unbound one must not use the DPoP scheme (RFC 9449
/// §7.1, §7.2). Replaces OpenIddict's handler, which supports only certificates.
/// </summary>
internal sealed class RequireProofOfToken(ProofVerifier proofs, Issuer issuer) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<RequireProofOfToken>()
            .SetOrder(Handlers.ValidateProofOfPossession.Descriptor.Order)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (
            context.EndpointType != OpenIddictServerEndpointType.UserInfo
            || context.Principal is not { } token
            || context.Transaction.GetHttpRequest() is not { } request
        )
        {
            return;
        }

        var isDPoP = request.Headers.Authorization.ToString().StartsWith(ExtractBoundToken.Scheme, StringComparison.OrdinalIgnoreCase);
        if (isDPoP != Confirmation.IsBound(token))
        {
            context.Reject(
                Errors.InvalidToken,
                "Use the DPoP scheme for tokens that are bound to a key, and the Bearer scheme for all others."
            );
        }
        else if (isDPoP)
        {
            var (thumbprint, problem) = await proofs.VerifyAsync(
                request,
                issuer.Endpoint(EndpointPaths.UserInfo),
                context.Token,
                context.CancellationToken
            );
            if (thumbprint is null || thumbprint != Confirmation.KeyOf(token))
            {
                context.Reject(Errors.InvalidToken, problem ?? "The token is bound to a different key.");
            }
        }
    }
}
