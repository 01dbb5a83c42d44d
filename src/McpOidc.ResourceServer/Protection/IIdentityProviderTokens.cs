using System.Security.Claims;
using McpOidc.Federation;

namespace McpOidc.Protection;

/// <summary>The signed-in user's tokens of the identity provider, for tools that call upstream APIs as the user.</summary>
public interface IIdentityProviderTokens
{
    /// <summary>The tokens, refreshed when they end within a minute. All callers of all processes share one refresh.</summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Tokens that are valid now, without the refresh token; or <see langword="null"/> when there are none and the person has to
    /// sign in again. Never a token that has expired.</returns>
    /// <exception cref="IdentityProviderException">The token has expired and the provider does not answer: trying later may
    /// succeed.</exception>
    ValueTask<IdentityProviderTokenSet?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken = default);
}
