using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>
/// The identity provider at which people sign in. The default speaks OpenID Connect, or OAuth 2.0 alone by the settings of
/// <c>McpOidc:IdentityProvider:OAuth</c>; replace it by <c>UseIdentityProvider&lt;T&gt;()</c> for one that needs code.
/// </summary>
/// <remarks>Every method throws <see cref="IdentityProviderException"/> and nothing else for what the provider says or fails to
/// say.</remarks>
public interface IIdentityProvider
{
    /// <summary>Prepares a sign-in. It may be asked for more than once where a person sends a form again, and only one of the answers is
    /// then used.</summary>
    /// <param name="redirectUri">Where the provider has to send the browser back to.</param>
    /// <param name="state">The OAuth <c>state</c> to send; random and used once.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Where to send the browser, and what to remember until the callback (PKCE verifier, nonce): it is kept encrypted.</returns>
    ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken);

    /// <summary>Begins a sign-in with what the MCP client sent and the settings let through. By default that is left out.</summary>
    /// <param name="request">What the sign-in begins with.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Where to send the browser, and what to remember until it comes back.</returns>
    ValueTask<IdentityProviderChallenge> ChallengeAsync(IdentityProviderChallengeRequest request, CancellationToken cancellationToken) =>
        ChallengeAsync(request.RedirectUri, request.State, cancellationToken);

    /// <summary>Completes a sign-in.</summary>
    /// <param name="callbackUri">The callback with its query. The caller has checked <c>state</c> and <c>error</c>.</param>
    /// <param name="state">What <c>ChallengeAsync</c> asked to remember.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Verified claims, and the provider's tokens.</returns>
    ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken);

    /// <summary>Gets new tokens for an old refresh token.</summary>
    /// <param name="refreshToken">The provider's refresh token.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The new tokens; without a refresh token when the old one stays in use.</returns>
    ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken);

    /// <summary>Gets new tokens of a known person. By default the person is not looked at.</summary>
    /// <param name="request">The refresh token, and whose it is.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The new tokens; without a refresh token when the old one stays in use.</returns>
    ValueTask<IdentityProviderTokenSet> RefreshAsync(IdentityProviderRefreshRequest request, CancellationToken cancellationToken) =>
        RefreshAsync(request.RefreshToken, cancellationToken);

    /// <summary>Reads what the provider says of a person whose tokens were refreshed a moment ago, for the rules of who may sign
    /// in.</summary>
    /// <param name="request">Whose claims.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>All claims, verified; <see langword="null"/> where the provider does not say, which is the default: what it said at the
    /// sign-in then counts for <c>ClaimsLifetime</c>.</returns>
    ValueTask<JsonObject?> ReadClaimsAsync(IdentityProviderClaimsRequest request, CancellationToken cancellationToken) =>
        new((JsonObject?)null);

    /// <summary>Reads what the provider sends to <c>/oauth/backchannel-logout</c> (OpenID Connect Back-Channel Logout 1.0 §2.6).</summary>
    /// <param name="logoutToken">The logout token as it came.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>What it says once everything about it is verified, or <see langword="null"/> when it is not to be believed. By default none
    /// is.</returns>
    ValueTask<IdentityProviderLogout?> ReadLogoutTokenAsync(string logoutToken, CancellationToken cancellationToken) =>
        new((IdentityProviderLogout?)null);
}
