using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Federation;

/// <summary>
/// <c>POST /oauth/idp-tokens</c>: a standalone MCP server asks that a user's tokens be refreshed. Only the auth server knows the identity
/// provider's client secret. The answer carries no token: the MCP server reads the vault.
/// </summary>
internal static class IdentityProviderTokensEndpoint
{
    public static async Task<IResult> RefreshAsync(
        HttpRequest request,
        ServerAssertion assertions,
        IIdentityProviderTokenRefresher refresher,
        Issuer issuer,
        CancellationToken cancellationToken
    )
    {
        if (
            request.Headers.Authorization is not [{ } header]
            || !header.StartsWith("Bearer ", StringComparison.Ordinal)
            || await assertions.ReadAsync(header["Bearer ".Length..], issuer.Value, cancellationToken) is not { } subject
        )
        {
            return new OAuthError(
                StatusCodes.Status401Unauthorized,
                "invalid_client",
                "This endpoint is for MCP servers that share the store and McpOidc:Secret."
            );
        }

        return await refresher.RefreshAsync(subject, cancellationToken) switch
        {
            IdentityProviderRefreshOutcome.Fresh => TypedResults.NoContent(),
            IdentityProviderRefreshOutcome.Ended => TypedResults.StatusCode(StatusCodes.Status410Gone),
            _ => OAuthError.TemporarilyUnavailable(),
        };
    }
}
