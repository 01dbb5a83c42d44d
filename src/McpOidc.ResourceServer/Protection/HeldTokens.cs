using McpOidc.Federation;
using McpOidc.Sessions;

namespace McpOidc.Protection;

/// <summary>A user's identity provider tokens that a tool can use.</summary>
/// <param name="User">The user; <see langword="null"/> for a caller who never signed in there.</param>
/// <param name="Tokens">Currently valid tokens, without the refresh token.</param>
/// <param name="Failure">Why there are none.</param>
internal sealed record HeldTokens(UserRecord? User, IdentityProviderTokenSet? Tokens, IdentityProviderFailure? Failure)
{
    /// <summary>Whether only another sign-in of the user yields tokens.</summary>
    public bool NeedsSignIn =>
        Tokens is null && User is { HasNoTokens: false } && Failure is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson;
}
