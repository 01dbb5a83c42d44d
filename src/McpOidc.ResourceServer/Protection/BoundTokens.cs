using System.Security.Claims;
using McpOidc.DPoP;
using McpOidc.ErrorResponses;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Whether a verified token was sent as it has to be (RFC 9449 §7): a bound one with the proof of its key for this very request, and no
/// other under that scheme. A bound token sent as Bearer would be worth as much to a thief.
/// </summary>
internal sealed class BoundTokens(ProofVerifier proofs)
{
    public async Task<OAuthError?> FindProblemAsync(
        HttpRequest request,
        ProtectedResource resource,
        ClaimsPrincipal token,
        string value,
        bool isDPoP,
        CancellationToken cancellationToken
    )
    {
        if (isDPoP != Confirmation.IsBound(token))
        {
            return Refuse("invalid_token", "A token that is bound to a key is sent with the scheme DPoP, and no other is.");
        }

        if (!isDPoP)
        {
            return null;
        }

        try
        {
            // The origin is the configured one: a proof for another server is none here, whatever the Host header says.
            var url = resource.Origin + (request.PathBase + request.Path).ToUriComponent();
            var (thumbprint, problem) = await proofs.VerifyAsync(request, url, value, cancellationToken);
            return thumbprint is null ? Refuse(ProofVerifier.InvalidProof, problem!)
                : thumbprint != Confirmation.KeyOf(token) ? Refuse("invalid_token", "The token is bound to another key.")
                : null;
        }
        catch (StoreUnavailableException)
        {
            // Whether the proof was used before cannot be told now.
            return OAuthError.TemporarilyUnavailable();
        }
    }

    private static OAuthError Refuse(string error, string description) => new(StatusCodes.Status401Unauthorized, error, description);
}
