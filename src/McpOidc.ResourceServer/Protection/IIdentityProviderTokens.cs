using System.Security.Claims;
using McpOidc.Federation;

namespace McpOidc.Protection;

/// <summary>The signed-in user's tokens of the identity provider, for tools that call upstream APIs as the user.</summary>
public interface IIdentityProviderTokens
{
    /// <summary>The tokens, refreshed when they end within a minute. All callers of all processes share one refresh.</summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Tokens that are valid now, without the refresh token; or <see langword="null"/> when there are none and the person has to
    /// sign in again. Never a token that has expired.</returns>
    /// <exception cref="IdentityProviderException">The token has expired and the provider gives no new one at the moment: trying later may
    /// succeed, or the operator has to act (<see cref="IdentityProviderException.Failure"/>).</exception>
    ValueTask<IdentityProviderTokenSet?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken = default);

    /// <summary>
    /// Other tokens in place of an access token that an API refused (401) before its end. At most one refresh is forced for each access
    /// token, and none for one that is younger than a minute: an API that refuses every token must not end anybody's.
    /// </summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="refusedAccessToken">The access token that was refused.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Tokens with another access token, or <see langword="null"/> when there are none.</returns>
    ValueTask<IdentityProviderTokenSet?> RenewAsync(
        ClaimsPrincipal user,
        string refusedAccessToken,
        CancellationToken cancellationToken = default
    );
}
