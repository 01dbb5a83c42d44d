using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Protection;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Federation;

/// <summary>
/// <c>POST /oauth/idp-tokens</c>: a standalone MCP server requests the refresh of a user's tokens. Only the authorization server has the
/// identity provider's client secret. The response contains no token: the MCP server reads the vault.
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
                "This endpoint is only for MCP servers that share the store and McpOidc:Secret."
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
                "The identity provider has ended the user's tokens."
            ),
            IdentityProviderFailure.NeedsPerson => new OAuthError(
                StatusCodes.Status410Gone,
                RemoteIdentityProviderTokenRefresher.NeedsPersonError,
                "The identity provider requires the user to sign in again."
            ),
            IdentityProviderFailure.Misconfigured => new OAuthError(
                StatusCodes.Status503ServiceUnavailable,
                RemoteIdentityProviderTokenRefresher.MisconfiguredError,
                "The identity provider rejects this server."
            ),
            _ => OAuthError.TemporarilyUnavailable() with { RetryAfter = Math.Max(2, (int)(refresh.RetryAfter?.TotalSeconds ?? 0)) },
        };
    }
}
