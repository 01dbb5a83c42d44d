namespace McpOidc;

/// <summary>
/// A tool, prompt or resource that calls an upstream API as the signed-in person, by <c>AddIdentityProviderAccessToken()</c> or
/// <see cref="Protection.IIdentityProviderTokens"/>. Put it on the method of a tool, or on the class for all tools in it.
/// <para>
/// Where the identity provider has ended the person's tokens, or wants to see the person again, a call is answered 401
/// <c>invalid_token</c> before the tool runs, so that the client has the person sign in again. A provider that is only away signs nobody
/// out: the tool answers with an error then.
/// </para>
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class RequiresIdentityProviderTokenAttribute : Attribute;
