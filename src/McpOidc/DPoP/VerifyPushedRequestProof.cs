using McpOidc.Configuration;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DPoP;

/// <summary>A DPoP proof at the endpoint for pushed requests binds the code like <c>dpop_jkt</c>, with which it must agree (RFC 9449
/// §10.1).</summary>
internal sealed class VerifyPushedRequestProof(ProofVerifier proofs, Issuer issuer)
    : IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidatePushedAuthorizationRequestContext>()
            .UseSingletonHandler<VerifyPushedRequestProof>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidatePushedAuthentication.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context)
    {
        var request = context.Transaction.GetHttpRequest()!;
        if (!request.Headers.ContainsKey(ProofVerifier.Header))
        {
            return;
        }

        var (thumbprint, problem) = await proofs.VerifyAsync(
            request,
            issuer.Endpoint(EndpointPaths.PushedAuthorization),
            accessToken: null,
            context.CancellationToken
        );
        var named = context.Request[BoundCode.Parameter]?.ToString();
        if (thumbprint is null)
        {
            context.Reject(ProofVerifier.InvalidProof, problem);
        }
        else if (named is { Length: > 0 } && named != thumbprint)
        {
            context.Reject(Errors.InvalidRequest, "The dpop_jkt parameter does not match the key of the DPoP proof.");
        }
        else
        {
            context.Request[BoundCode.Parameter] = thumbprint;
        }
    }
}
