using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>
/// The identity provider where users sign in. The default supports OpenID Connect, or plain OAuth 2.0 with the settings in
/// <c>McpOidc:IdentityProvider:OAuth</c>. For a provider that needs code, replace it with <c>UseIdentityProvider&lt;T&gt;()</c>.
/// </summary>
/// <remarks>All methods report every failure of the provider by <see cref="IdentityProviderException"/> and by no other
/// exception.</remarks>
public interface IIdentityProvider
{
    /// <summary>Prepares a sign-in. May be called more than once if a user submits a form again; only one result is then used.</summary>
    /// <param name="redirectUri">The redirect URI of the callback.</param>
    /// <param name="state">The OAuth <c>state</c> to send; random, for one use.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The URL for the browser, and the state to keep until the callback (PKCE verifier, nonce), which is stored
    /// encrypted.</returns>
    ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken);

    /// <summary>Starts a sign-in with the parameters of the MCP client that the settings forward. By default they are ignored.</summary>
    /// <param name="request">The parameters of the sign-in.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The URL for the browser, and the state to keep until the callback.</returns>
    ValueTask<IdentityProviderChallenge> ChallengeAsync(IdentityProviderChallengeRequest request, CancellationToken cancellationToken) =>
        ChallengeAsync(request.RedirectUri, request.State, cancellationToken);

    /// <summary>Completes a sign-in.</summary>
    /// <param name="callbackUri">The callback with its query. The caller has checked <c>state</c> and <c>error</c>.</param>
    /// <param name="state">The state that <c>ChallengeAsync</c> returned.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The verified claims and the provider's tokens.</returns>
    ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken);

    /// <summary>Refreshes tokens.</summary>
    /// <param name="refreshToken">The provider's refresh token.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The new tokens; without a refresh token if the old one remains in use.</returns>
    ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken);

    /// <summary>Refreshes the tokens of a known user. By default the user is not checked.</summary>
    /// <param name="request">The refresh token and its user.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The new tokens; without a refresh token if the old one remains in use.</returns>
    ValueTask<IdentityProviderTokenSet> RefreshAsync(IdentityProviderRefreshRequest request, CancellationToken cancellationToken) =>
        RefreshAsync(request.RefreshToken, cancellationToken);

    /// <summary>Reads the current claims of a user whose tokens were just refreshed, for the sign-in rules.</summary>
    /// <param name="request">The user.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>All claims, verified; <see langword="null"/> if the provider does not report them, which is the default: the claims of the
    /// sign-in then remain valid for <c>ClaimsLifetime</c>.</returns>
    ValueTask<JsonObject?> ReadClaimsAsync(IdentityProviderClaimsRequest request, CancellationToken cancellationToken) =>
        new((JsonObject?)null);

    /// <summary>Validates a request to <c>/oauth/backchannel-logout</c> (OpenID Connect Back-Channel Logout 1.0 §2.6).</summary>
    /// <param name="logoutToken">The logout token as received.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Its content once fully verified, or <see langword="null"/> if it is invalid. By default every token is invalid.</returns>
    ValueTask<IdentityProviderLogout?> ReadLogoutTokenAsync(string logoutToken, CancellationToken cancellationToken) =>
        new((IdentityProviderLogout?)null);
}
