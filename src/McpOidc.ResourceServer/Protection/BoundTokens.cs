using System.Security.Claims;
using McpOidc.DPoP;
using McpOidc.ErrorResponses;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Checks how a verified token was sent (RFC 9449 §7): a bound token needs the DPoP scheme and a proof of its key for this request; other
/// tokens must not use that scheme. If bound tokens were accepted as Bearer, a stolen one could be used.
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
            return Refuse("invalid_token", "Use the DPoP scheme for tokens that are bound to a key, and the Bearer scheme for all others.");
        }

        if (!isDPoP)
        {
            return null;
        }

        try
        {
            // Uses the configured origin: a proof for another server is invalid here, whatever the Host header says.
            var url = resource.Origin + (request.PathBase + request.Path).ToUriComponent();
            var (thumbprint, problem) = await proofs.VerifyAsync(request, url, value, cancellationToken);
            return thumbprint is null ? Refuse(ProofVerifier.InvalidProof, problem!)
                : thumbprint != Confirmation.KeyOf(token) ? Refuse("invalid_token", "The token is bound to a different key.")
                : null;
        }
        catch (StoreUnavailableException)
        {
            // It is currently unknown whether the proof was used before.
            return OAuthError.TemporarilyUnavailable();
        }
    }

    private static OAuthError Refuse(string error, string description) => new(StatusCodes.Status401Unauthorized, error, description);
}
