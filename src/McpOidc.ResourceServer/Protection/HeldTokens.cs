using McpOidc.Federation;
using McpOidc.Sessions;

namespace McpOidc.Protection;

/// <summary>What a tool can have of a person's tokens of the identity provider.</summary>
/// <param name="User">The person; <see langword="null"/> for a caller who never signed in there.</param>
/// <param name="Tokens">Tokens that are valid now, without the refresh token.</param>
/// <param name="Failure">Why there are none.</param>
internal sealed record HeldTokens(UserRecord? User, IdentityProviderTokenSet? Tokens, IdentityProviderFailure? Failure)
{
    /// <summary>Whether only another sign-in of the person brings any.</summary>
    public bool NeedsSignIn =>
        Tokens is null && User is not null && Failure is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson;
}
