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
/// The DPoP proof of a token request (RFC 9449 §5). A code that was bound by <c>dpop_jkt</c> (§10) and a refresh token of a public client
/// need the proof of their key, and a client that asked for it, or whose operator did, one of any key (§5.2); elsewhere a proof is welcome
/// and not required.
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
                    "The code or refresh token is bound to a key, and the request has no DPoP proof of it."
                );
            }
            else if (await FindClientAsync(context) is { Metadata.DPoPBoundAccessTokens: true })
            {
                context.Reject(ProofVerifier.InvalidProof, "The client's tokens are bound to a key, and the request has no DPoP proof.");
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
            context.Reject(Errors.InvalidGrant, "The code or refresh token is bound to another key.");
        }
        else
        {
            new ProvenKey(thumbprint, await FindClientAsync(context) is { IsPublic: true }).KeepIn(context.Transaction);
        }
    }

    private static string? RequiredKey(ValidateTokenRequestContext context) =>
        context.Transaction.CurrentGrant() is not { } grant ? null
        : context.Request.IsAuthorizationCodeGrantType() ? grant.CodeKey
        : context.Transaction.GetProperty<RefreshToken>(ReadRefreshToken.TokenProperty) is { } token ? grant.KeyFor(token.Hash)
        : null;

    private async ValueTask<ClientRecord?> FindClientAsync(ValidateTokenRequestContext context) =>
        await applications.FindByClientIdAsync(context.ClientId!, context.CancellationToken) as ClientRecord;
}
