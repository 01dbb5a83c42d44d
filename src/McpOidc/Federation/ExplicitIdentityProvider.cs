namespace McpOidc.Federation;

/// <summary>Registered when code has chosen the identity provider, so that the settings of the built-in one are nobody's.</summary>
internal sealed class ExplicitIdentityProvider;
