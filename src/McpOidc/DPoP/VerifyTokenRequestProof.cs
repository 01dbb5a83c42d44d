using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Token;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DPoP;

/// <summary>
/// Verifies the DPoP proof of a token request (RFC 9449 §5). A code bound by <c>dpop_jkt</c> (§10) and a refresh token of a public client
/// require a proof of their key. A client that requires DPoP, by its own or the operator's choice, needs a proof of any key (§5.2).
/// Otherwise a proof is optional.
/// </summary>
internal sealed class VerifyTokenRequestProof(ProofVerifier proofs, IOpenIddictApplicationManager applications, Issuer issuer)
    : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseScopedHandler<VerifyTokenRequestProof>()
            .SetOrder(BindAudience.Descriptor.Order + 100)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var request = context.Transaction.GetHttpRequest()!;
        var required = RequiredKey(context);
        if (!request.Headers.ContainsKey(ProofVerifier.Header))
        {
            if (required is not null)
            {
                context.Reject(
                    ProofVerifier.InvalidProof,
                    "The code or refresh token is bound to a key, but the request has no DPoP proof of that key."
                );
            }
            else if (await FindClientAsync(context) is { Metadata.DPoPBoundAccessTokens: true })
            {
                context.Reject(ProofVerifier.InvalidProof, "This client must use DPoP, but the request has no DPoP proof.");
            }

            return;
        }

        var (thumbprint, problem) = await proofs.VerifyAsync(
            request,
            issuer.Endpoint(EndpointPaths.Token),
            accessToken: null,
            context.CancellationToken
        );
        if (thumbprint is null)
        {
            context.Reject(ProofVerifier.InvalidProof, problem);
        }
        else if (required is not null && required != thumbprint)
        {
            context.Reject(Errors.InvalidGrant, "The code or refresh token is bound to a different key.");
        }
        else
        {
            new ProvenKey(thumbprint, await FindClientAsync(context) is { IsPublic: true }).KeepIn(context.Transaction);
        }
    }

    private static string? RequiredKey(ValidateTokenRequestContext context) =>
        context.Transaction.CurrentGrant() is not { } grant ? null
        : context.Request.IsAuthorizationCodeGrantType() || context.Request.IsDeviceCodeGrantType() ? grant.CodeKey
        : context.Transaction.GetProperty<RefreshToken>(ReadRefreshToken.TokenProperty) is { } token ? grant.KeyFor(token.Hash)
        : null;

    private async ValueTask<ClientRecord?> FindClientAsync(ValidateTokenRequestContext context) =>
        await applications.FindByClientIdAsync(context.ClientId!, context.CancellationToken) as ClientRecord;
}
