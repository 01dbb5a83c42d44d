namespace McpOidc.Federation;

/// <summary>What a sign-in at the identity provider begins with.</summary>
/// <param name="RedirectUri">The callback, as registered at the provider.</param>
/// <param name="State">The value to send as <c>state</c>.</param>
/// <param name="Parameters">What the MCP client sent and the settings let through (<c>McpOidc:IdentityProvider:ForwardedParameters</c>),
/// for instance <c>login_hint</c>.</param>
public sealed record IdentityProviderChallengeRequest(Uri RedirectUri, string State, IReadOnlyDictionary<string, string> Parameters);
