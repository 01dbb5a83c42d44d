namespace McpOidc.Federation;

/// <summary>A verified message of the identity provider that a person, or one session of the person, has ended.</summary>
/// <param name="Issuer">The provider's issuer.</param>
/// <param name="TokenId">The <c>jti</c>: a message counts once.</param>
/// <param name="ExpiresAt">Until when the message would be accepted.</param>
public sealed record IdentityProviderLogout(string Issuer, string TokenId, DateTimeOffset ExpiresAt)
{
    /// <summary>The person's <c>sub</c> at the provider. Absent only where <see cref="Session"/> is there.</summary>
    public string? Subject { get; init; }

    /// <summary>The session (<c>sid</c>) that ended; absent when everything of the person did.</summary>
    public string? Session { get; init; }
}
