namespace McpOidc.Federation;

/// <summary>What a sign-in at the identity provider begins with.</summary>
/// <param name="RedirectUri">The callback, as registered at the provider.</param>
/// <param name="State">The value to send as <c>state</c>.</param>
/// <param name="Parameters">What the MCP client sent and the settings let through (<c>McpOidc:IdentityProvider:ForwardedParameters</c>),
/// for instance <c>login_hint</c>; and how lately it wants the person to have signed in: <c>prompt=login</c>, <c>max_age</c>. A provider
/// that honours these says so by <c>auth_time</c> in the claims of the sign-in.</param>
public sealed record IdentityProviderChallengeRequest(Uri RedirectUri, string State, IReadOnlyDictionary<string, string> Parameters);
