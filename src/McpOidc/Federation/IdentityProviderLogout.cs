namespace McpOidc.Federation;

/// <summary>A verified message of the identity provider that a user's sessions, or one of them, have ended.</summary>
/// <param name="Issuer">The provider's issuer.</param>
/// <param name="TokenId">The <c>jti</c>: a message is accepted once.</param>
/// <param name="ExpiresAt">When the message expires.</param>
public sealed record IdentityProviderLogout(string Issuer, string TokenId, DateTimeOffset ExpiresAt)
{
    /// <summary>The user's <c>sub</c> at the provider. Absent only if <see cref="Session"/> is present.</summary>
    public string? Subject { get; init; }

    /// <summary>The session (<c>sid</c>) that ended; absent if all of the user's sessions did.</summary>
    public string? Session { get; init; }
}
