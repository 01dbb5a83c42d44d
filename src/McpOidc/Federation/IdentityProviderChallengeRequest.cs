namespace McpOidc.Federation;

/// <summary>The parameters of a sign-in at the identity provider.</summary>
/// <param name="RedirectUri">The callback, as registered at the provider.</param>
/// <param name="State">The value to send as <c>state</c>.</param>
/// <param name="Parameters">The parameters of the MCP client that the settings forward
/// (<c>McpOidc:IdentityProvider:ForwardedParameters</c>), for instance <c>login_hint</c>, and the required freshness of the sign-in:
/// <c>prompt=login</c>, <c>max_age</c>. A provider that supports the latter confirms it by <c>auth_time</c> in the claims.</param>
public sealed record IdentityProviderChallengeRequest(Uri RedirectUri, string State, IReadOnlyDictionary<string, string> Parameters);
