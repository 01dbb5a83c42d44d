namespace McpOidc.Federation;

/// <summary>Registered when code chose the identity provider, so that the settings of the built-in one are unused.</summary>
internal sealed class ExplicitIdentityProvider;
