using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// An authorization code or a pushed authorization request as OpenIddict's mutable token.
/// </summary>
internal sealed class TokenEntity
{
    public required TokenRecord Record { get; set; }

    /// <summary>The grant that contains the code; absent for a token with its own record.</summary>
    public GrantRecord? Grant { get; set; }

    /// <summary>The version last read or written; absent while it is not in the store.</summary>
    public long? Version { get; set; }
}
