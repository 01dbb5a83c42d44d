namespace McpOidc.Keys;

/// <summary>What a published key is for, beside <c>use</c> (RFC 7517 §4.2), which knows signatures in general.</summary>
internal static class PublishedKeyUse
{
    /// <summary>The member of a JSON Web Key; absent for a key that signs access tokens.</summary>
    public const string Member = "mcpoidc_use";

    public const string IdentityTokens = "id_token";
}
