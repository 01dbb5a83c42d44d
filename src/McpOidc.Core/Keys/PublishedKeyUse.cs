namespace McpOidc.Keys;

/// <summary>The purpose of a published key, more specific than <c>use</c> (RFC 7517 §4.2), which only says "signatures".</summary>
internal static class PublishedKeyUse
{
    /// <summary>The member of a JSON Web Key; absent for a key that signs access tokens.</summary>
    public const string Member = "mcpoidc_use";

    public const string IdentityTokens = "id_token";
}
