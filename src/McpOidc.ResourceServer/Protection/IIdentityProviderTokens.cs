using System.Security.Claims;
using McpOidc.Federation;

namespace McpOidc.Protection;

/// <summary>The signed-in user's identity provider tokens, for tools that call upstream APIs as the user.</summary>
public interface IIdentityProviderTokens
{
    /// <summary>Gets the tokens, refreshed if they expire within a minute. All callers in all processes share one refresh.</summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Currently valid tokens, without the refresh token; <see langword="null"/> if there are none and the user must sign in
    /// again, or signed in at an application that issues none (<c>UseApplicationSignIn</c>). Never an expired token.</returns>
    /// <exception cref="IdentityProviderException">The token has expired and the provider currently issues no new one: a retry may
    /// succeed, or the operator must act (<see cref="IdentityProviderException.Failure"/>).</exception>
    ValueTask<IdentityProviderTokenSet?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces an access token that an API rejected (401) before its expiry. Each access token causes at most one forced refresh, and one
    /// younger than a minute causes none, so that an API that rejects every token cannot end the user's tokens.
    /// </summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="refusedAccessToken">The rejected access token.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Tokens with a different access token, or <see langword="null"/> if there are none.</returns>
    ValueTask<IdentityProviderTokenSet?> RenewAsync(
        ClaimsPrincipal user,
        string refusedAccessToken,
        CancellationToken cancellationToken = default
    );
}
