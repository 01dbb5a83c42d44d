using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Protection;
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

        var refused = request.HasFormContentType
            ? (await request.ReadFormAsync(cancellationToken))[RemoteIdentityProviderTokenRefresher.RefusedField].ToString()
            : "";
        var refresh = await refresher.RefreshAsync(subject, refused.Length == 0 ? null : refused, cancellationToken);
        return refresh.Failure switch
        {
            null => TypedResults.NoContent(),
            IdentityProviderFailure.Ended => new OAuthError(
                StatusCodes.Status410Gone,
                "invalid_grant",
                "The identity provider ended the person's tokens."
            ),
            IdentityProviderFailure.NeedsPerson => new OAuthError(
                StatusCodes.Status410Gone,
                RemoteIdentityProviderTokenRefresher.NeedsPersonError,
                "The identity provider wants to see the person again."
            ),
            IdentityProviderFailure.Misconfigured => new OAuthError(
                StatusCodes.Status503ServiceUnavailable,
                RemoteIdentityProviderTokenRefresher.MisconfiguredError,
                "The identity provider refuses this server."
            ),
            _ => OAuthError.TemporarilyUnavailable() with { RetryAfter = Math.Max(2, (int)(refresh.RetryAfter?.TotalSeconds ?? 0)) },
        };
    }
}
