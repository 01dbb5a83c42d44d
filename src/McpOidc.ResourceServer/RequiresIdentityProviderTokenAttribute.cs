namespace McpOidc;

/// <summary>
/// A tool, prompt or resource that calls an upstream API as the signed-in user, by <c>AddIdentityProviderAccessToken()</c> or
/// <see cref="Protection.IIdentityProviderTokens"/>. Apply it to a tool's method, or to the class for all its tools.
/// <para>
/// If the identity provider has ended the user's tokens or requires the user to interact, a call gets 401 <c>invalid_token</c> before the
/// tool runs, so that the client signs the user in again. A provider that is only unreachable signs no user out: the tool then returns an
/// error.
/// </para>
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class RequiresIdentityProviderTokenAttribute : Attribute;
